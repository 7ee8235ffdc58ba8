// The orthonormal cosine transform of eight values (DCT-II) and its inverse, a lane each.
#pragma once
#include "../../adjust/lanes.h"

namespace {

constexpr float kA1 = 0.490392640f, kA2 = 0.461939766f, kA3 = 0.415734806f, kA4 = 0.353553391f,
                kA5 = 0.277785117f, kA6 = 0.191341716f, kA7 = 0.0975451610f;  // cos(k pi / 16) / 2

inline void forward(Lanes x[8]) {
  const Lanes s0 = x[0] + x[7], s1 = x[1] + x[6], s2 = x[2] + x[5], s3 = x[3] + x[4];
  const Lanes d0 = x[0] - x[7], d1 = x[1] - x[6], d2 = x[2] - x[5], d3 = x[3] - x[4];
  const Lanes e0 = s0 + s3, e1 = s1 + s2, f0 = s0 - s3, f1 = s1 - s2;
  x[0] = (e0 + e1) * all(kA4);
  x[4] = (e0 - e1) * all(kA4);
  x[2] = f0 * all(kA2) + f1 * all(kA6);
  x[6] = f0 * all(kA6) - f1 * all(kA2);
  x[1] = d0 * all(kA1) + d1 * all(kA3) + d2 * all(kA5) + d3 * all(kA7);
  x[3] = d0 * all(kA3) - d1 * all(kA7) - d2 * all(kA1) - d3 * all(kA5);
  x[5] = d0 * all(kA5) - d1 * all(kA1) + d2 * all(kA7) + d3 * all(kA3);
  x[7] = d0 * all(kA7) - d1 * all(kA5) + d2 * all(kA3) - d3 * all(kA1);
}

inline void inverse(Lanes x[8]) {
  const Lanes a = (x[0] + x[4]) * all(kA4), b = (x[0] - x[4]) * all(kA4);
  const Lanes c = x[2] * all(kA2) + x[6] * all(kA6), d = x[2] * all(kA6) - x[6] * all(kA2);
  const Lanes s0 = a + c, s1 = b + d, s2 = b - d, s3 = a - c;
  const Lanes d0 = x[1] * all(kA1) + x[3] * all(kA3) + x[5] * all(kA5) + x[7] * all(kA7);
  const Lanes d1 = x[1] * all(kA3) - x[3] * all(kA7) - x[5] * all(kA1) - x[7] * all(kA5);
  const Lanes d2 = x[1] * all(kA5) - x[3] * all(kA1) + x[5] * all(kA7) + x[7] * all(kA3);
  const Lanes d3 = x[1] * all(kA7) - x[3] * all(kA5) + x[5] * all(kA3) - x[7] * all(kA1);
  x[0] = s0 + d0;
  x[7] = s0 - d0;
  x[1] = s1 + d1;
  x[6] = s1 - d1;
  x[2] = s2 + d2;
  x[5] = s2 - d2;
  x[3] = s3 + d3;
  x[4] = s3 - d3;
}

}  // namespace
