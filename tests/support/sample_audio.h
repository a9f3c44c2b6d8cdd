// Speech for tests: the sample recording that ships, as it is, cut, or told apart by a faint noise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vang {

// 16 kHz mono samples of the sample recording.
const std::vector<float>& SampleSpeech();

// `seconds` from the start of the sample as a WAV file; `seed` changes its bytes (and so its id),
// not what is heard.
std::string SampleWav(double seconds, std::uint64_t seed);

}  // namespace vang
