// From the codes of one RGB to those of another. Only kernels.cpp includes this.
#pragma once
#include "curves.h"
#include "kernels.h"
#include "lanes.h"

namespace {

using namespace nightlift;

inline Lanes with_sign(Lanes size, Lanes of) {
  return as_floats(as_bits(size) | (as_bits(of) & INT32_MIN));
}

template <int kCount>
inline Lanes polynomial(const float (&c)[kCount], Lanes x) {
  Lanes sum = all(c[kCount - 1]);
  for (int i = kCount - 2; i >= 0; --i) sum = sum * x + all(c[i]);
  return sum;
}

constexpr float kSrgbEnd = 1.75f;  // the largest code, and its light
constexpr float kSrgbLight = 3.6286025f;

// sRGB's curve to linear light: above its straight beginning by the polynomial of the root that is
// least wrong up to kSrgbEnd, within 2e-6 of a code.
inline Lanes srgb_light(Lanes code) {
  constexpr float kPower[] = {0.000493556933f, -0.00644874992f, 0.0361142311f, -0.11818094f,
                              0.300639763f,    0.693395041f,    -0.026599432f};
  const Lanes v = least(magnitude(code), kSrgbEnd);
  const Lanes bent = polynomial(kPower, root(v + all(0.055f)));
  return with_sign(v > all(0.04045f) ? bent : v * all(1.0f / 12.92f), code);
}

// The way back, by the fourth root.
inline Lanes srgb_code(Lanes light) {
  constexpr float kPower[] = {-0.0595746628f, 0.139342603f, 1.37181604f, -0.886048117f,
                              0.744132897f, -0.437374622f, 0.150111992f, -0.0224042129f};
  const Lanes v = least(magnitude(light), kSrgbLight);
  const Lanes bent = polynomial(kPower, root(root(v)));
  return with_sign(v > all(0.0031308f) ? bent : v * all(12.92f), light);
}

// Values from 0 to 1, others clipped, through a curve of kCurveKnots knots.
inline Lanes on_curve(const float* knots, Lanes value) {
  const Lanes at = clipped(value) * all(kCurveKnots - 1.0f);
  const Index index = truncated(least(at, kCurveKnots - 2.0f));
  Lanes low, high;
  gathered_pairs(knots, index, &low, &high);
  return low + (at - floats(index)) * (high - low);
}

// A curve that is nearly sRGB's, up to a factor, and has a simple inverse: v² + kToe v.
constexpr float kToe = 0.08f;

inline Lanes quick_light(Lanes code) { return code * (magnitude(code) + all(kToe)); }
inline Lanes quick_code(Lanes light) {
  return with_sign(root(magnitude(light) + all(kToe * kToe / 4)) - all(kToe / 2), light);
}

enum class Curve { own, srgb, quick, none };

template <Curve kFrom>
inline Lanes light_of(const Recoding& to, int c, Lanes code) {
  if (kFrom == Curve::own) return on_curve(to.decode + c * kCurveKnots, code);
  if (kFrom == Curve::srgb) return srgb_light(code);
  return kFrom == Curve::quick ? quick_light(code) : code;
}

// The first half of recoding, for those whose second half is told that it is `decoded`.
void to_light(const Recoding& to, int count, float* planes) {
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < count; i += kLanes) {
      float* at = planes + c * kPlane + i;
      const Lanes code = load(at);
      store(at, to.quick    ? light_of<Curve::quick>(to, c, code)
                : to.decode ? light_of<Curve::own>(to, c, code)
                            : light_of<Curve::srgb>(to, c, code));
    }
}

// Codes are clipped where the place is bounded.
template <Curve kFrom, Curve kTo>
void recode(const Recoding& to, const Place& place, float* planes) {
  for (int s = 0; s < place.samples; ++s)
    for (int i = 0; i < place.padded; i += kLanes) {
      float* at = planes + s * kPlanes + i;
      Lanes from[3];
      load_planes(at, from);
      for (int c = 0; c < 3; ++c) from[c] = light_of<kFrom>(to, c, from[c]);
      const Lanes step[3] = {from[1] - from[0], from[2] - from[1], from[0] - from[2]};
      for (int c = 0; c < 3; ++c) {
        const int next = (c + 1) % 3, last = (c + 2) % 3;
        const float* m = to.mixing + 3 * c;
        const Lanes others = all(m[next]) * step[c] - all(m[last]) * step[last];
        const Lanes light = all(m[c]) * from[c] + others;
        const Lanes code =
            kTo == Curve::own    ? on_curve(to.encode + c * kCurveKnots, root(clipped(light)))
            : kTo == Curve::srgb ? srgb_code(light)
                                 : quick_code(light);
        store(at + c * kPlane, place.bounded ? clipped(code) : code);
      }
    }
}

void recode(const Recoding& to, const Place& place, float* planes) {
  if (to.decoded && to.quick) return recode<Curve::none, Curve::quick>(to, place, planes);
  if (to.decoded) return recode<Curve::none, Curve::srgb>(to, place, planes);
  if (to.quick) return recode<Curve::quick, Curve::quick>(to, place, planes);
  if (to.decode) return recode<Curve::own, Curve::srgb>(to, place, planes);
  if (to.encode) return recode<Curve::srgb, Curve::own>(to, place, planes);
  recode<Curve::srgb, Curve::srgb>(to, place, planes);
}

}  // namespace
