// Whether a file is all there, as far as its own headers promise sizes. FFmpeg plays what is left
// of a cut file and often says nothing; a transcript of half a meeting must not look complete.
#pragma once

#include "libs/adapters/audio_decoder/ffmpeg/input_file.h"
#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"

namespace vang {

// kInvalidArgument "… is cut off …" when a header promises more bytes than there are. Sizes that
// recorders leave open (0, all ones) promise nothing; MP3 without a Xing header, ADTS and AMR may
// end anywhere. Also when it is made of more pieces than a real file has. Reads the headers of the
// pieces and never what lies between.
Status CheckFileIsWhole(const InputFile& file, const AudioFormat& format);

// The seconds that the header of a FLAC file promises; 0 when it promises none.
double PromisedSeconds(const InputFile& file, const AudioFormat& format);

}  // namespace vang
