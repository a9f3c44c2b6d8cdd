// How many recognitions run at once where nobody says.
#pragma once

namespace vang {

// One for each processor, at most four: from there on they wait for memory.
int DefaultRecognizers();

}  // namespace vang
