// SPDX-License-Identifier: MIT
// Runs a libFuzzer-style target without libFuzzer: seeds given as files, then random mutations of them for a
// bounded time. Options: --seconds N (default 3), --seed N (default 1), further words are seed files.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// A target may give inputs to start from; the default gives none.
extern "C" __attribute__((weak)) void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>&) {}

namespace {
using Bytes = std::vector<std::uint8_t>;

void mutate(Bytes& bytes, std::mt19937_64& random) {
  static constexpr std::uint64_t interesting[] = {0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xffffffff, ~0ull};
  for (unsigned n = 1 + random() % 8; n > 0; --n) {
    switch (random() % 6) {
      case 0: bytes.insert(bytes.begin() + random() % (bytes.size() + 1), static_cast<std::uint8_t>(random())); break;
      case 1: if (!bytes.empty()) bytes[random() % bytes.size()] ^= 1u << random() % 8; break;
      case 2: if (!bytes.empty()) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random()); break;
      case 3: if (!bytes.empty()) bytes.resize(random() % bytes.size()); break;
      case 4: {
        std::size_t width = std::size_t{1} << random() % 4;
        if (bytes.size() < width) break;
        std::memcpy(&bytes[random() % (bytes.size() - width + 1)], &interesting[random() % std::size(interesting)], width);
        break;
      }
      default: if (bytes.size() < 4096) bytes.resize(bytes.size() + random() % 64, static_cast<std::uint8_t>(random())); break;
    }
  }
}
}  // namespace

int main(int argc, char** argv) {
  double seconds = 3;
  std::uint64_t seed = 1;
  std::vector<Bytes> corpus{{}};
  xenolith_fuzz_seeds(corpus);
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--seconds") && i + 1 < argc) seconds = std::atof(argv[++i]);
    else if (!std::strcmp(argv[i], "--seed") && i + 1 < argc) seed = std::strtoull(argv[++i], nullptr, 0);
    else {
      std::ifstream file{argv[i], std::ios::binary};
      corpus.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }
  }
  std::mt19937_64 random{seed};
  for (const Bytes& input : corpus) LLVMFuzzerTestOneInput(input.data(), input.size());
  auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>{seconds};
  std::uint64_t runs = 0;
  while (std::chrono::steady_clock::now() < end) {
    Bytes input = corpus[random() % corpus.size()];
    mutate(input, random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++runs;
  }
  std::printf("%llu runs, seed %llu\n", static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
}
