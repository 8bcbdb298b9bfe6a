// SPDX-License-Identifier: MIT
#include "arch/x86/time/calibration.hpp"

#include <gtest/gtest.h>

namespace xenolith {
namespace {

TEST(Calibration, TakesTheMeasurementWithTheLeastDoubt) {
  Calibration calibration;
  EXPECT_EQ(calibration.frequency(1000), 0u);
  calibration.add({1000, 3'100'000, 200'000});  // something came between
  calibration.add({1000, 3'000'000, 300});
  calibration.add({1000, 3'050'000, 50'000});
  EXPECT_EQ(calibration.frequency(1'000'000), 3'000'000'000u);
}

TEST(Calibration, LongerMeasurementsStandMoreDoubt) {
  Calibration calibration;
  calibration.add({10, 1000, 10});
  calibration.add({100, 11'000, 20});
  EXPECT_EQ(calibration.frequency(100), 11'000u);
}

TEST(Calibration, IgnoresStandingCounters) {
  Calibration calibration;
  calibration.add({0, 100, 0});
  calibration.add({100, 0, 0});
  EXPECT_EQ(calibration.frequency(100), 0u);
}

}  // namespace
}  // namespace xenolith
