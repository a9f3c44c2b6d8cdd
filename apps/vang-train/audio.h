// Sound for training: reading any file, resampling, and the ways in which a microphone, a room and
// a telephone line change a voice.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "libs/base/status.h"

namespace vang::train {

using Random = std::mt19937_64;

// 16 kHz mono samples of `path`, by the ffmpeg program.
Result<std::vector<float>> ReadAudio(const std::string& path);

// Band-limited interpolation (windowed sinc). Resampling by a ratio other than that of the rates
// changes speed and pitch together.
std::vector<float> Resample(std::span<const float> samples, double from_rate, double to_rate);

// White noise coloured by a random one-pole filter, at `snr_db` below the signal.
void AddNoise(std::vector<float>* samples, double snr_db, Random* random);

// A random room: a decaying noise tail of `seconds`, mixed at `wet`.
void AddReverberation(std::vector<float>* samples, double seconds, double wet, Random* random);

// 8 kHz with mu-law: what a telephone leaves.
std::vector<float> Telephone(std::span<const float> samples);

}  // namespace vang::train
