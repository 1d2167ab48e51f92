// SPDX-License-Identifier: Apache-2.0
// What a device reads beside frames (sdk/schema: readings): a pen's samples, a machine-readable zone, where eyes are.
// Every bound is here, so that the host that makes them and the broker that passes them on check the same.
#pragma once

#include "core/wire/json.h"
#include "core/wire/types.h"

#include <boost/describe/class.hpp>

namespace rekam::wire {

/// So many samples fit one header beside everything else that a result holds: eight seconds of a pad at 200 Hz.
constexpr std::size_t max_samples = 1'600;
using MicroPosition = Int<-10'000'000, 10'000'000>;
/// 0: above the pad; 65,535: the most that the pad can tell.
using Pressure = Int<0, 65'535>;
/// From upright, in 0.01 degree.
using Tilt = Int<0, 9'000>;

/// A signature, one list per quantity and one entry per sample.
struct Samples {
    Int<1, 10'000'000> width_um, height_um; ///< of the pad
    List<Int<0, 3'600'000'000>, 1, max_samples> t_us;
    List<MicroPosition, 1, max_samples> x_um, y_um;
    List<Pressure, 1, max_samples> pressure;
    std::optional<List<Tilt, 1, max_samples>> tilt;
    List<Int<1, max_samples - 1>, 0, 256> gaps; ///< samples before which the pen was out of the pad's reach
    Count losses;                               ///< samples that the device knows to be missing
};
BOOST_DESCRIBE_STRUCT(Samples, (), (width_um, height_um, t_us, x_um, y_um, pressure, tilt, gaps, losses))

/// What a schema cannot say of them: lists of one length, time and gaps that grow. Empty: nothing is wrong.
std::optional<model::Error> inconsistency(const Samples& samples);

struct PixelPoint {
    Number x_px, y_px;
};
BOOST_DESCRIBE_STRUCT(PixelPoint, (), (x_px, y_px))

/// Where the eye looks, from straight ahead: to the right and up of the picture, in 0.01 degree.
struct Gaze {
    Int<-9'000, 9'000> x_cdeg, y_cdeg;
};
BOOST_DESCRIBE_STRUCT(Gaze, (), (x_cdeg, y_cdeg))

/// One iris, in the frame whose subject is its position.
struct Eye {
    Text<1, 32> position; ///< "eye.left", "eye.right"
    PixelPoint centre;
    Int<1, 65'535> radius_px;
    std::optional<Int<1, 65'535>> pupil_radius_px;
    std::optional<Gaze> gaze;
};
BOOST_DESCRIBE_STRUCT(Eye, (), (position, centre, radius_px, pupil_radius_px, gaze))
using Eyes = List<Eye, 1, 2>;

enum class MrzKind : std::uint8_t { td1, td2, td3, mrv_a, mrv_b };

using MrzLine = Text<30, 44, Charset::mrz>;
using MrzLines = List<MrzLine, 2, 3>;
using MrzText = Text<0, 44, Charset::printable>;

/// Fields without their fillers. Dates are YYMMDD as they stand in the zone: the century is not in it, and not guessed.
struct MrzFields {
    MrzText document_code, issuer, surname, given_names, number, nationality, birth_date, sex, expiry_date;
    std::optional<MrzText> optional_data, optional_data_2;
};
BOOST_DESCRIBE_STRUCT(MrzFields, (),
                      (document_code, issuer, surname, given_names, number, nationality, birth_date, sex, expiry_date,
                       optional_data, optional_data_2))

struct MrzCheck {
    Text<1, 16, Charset::identifier> field; ///< number, birth_date, expiry_date, optional_data, composite
    Text<1, 1, Charset::mrz> read, computed;
    bool ok = false;
};
BOOST_DESCRIBE_STRUCT(MrzCheck, (), (field, read, computed, ok))

/// A machine-readable zone (ICAO 9303), parsed and checked.
struct Mrz {
    MrzKind kind = MrzKind::td3;
    MrzLines lines;
    MrzFields fields;
    List<MrzCheck, 1, 5> checks;
    bool valid = false; ///< every check digit is right
};
BOOST_DESCRIBE_STRUCT(Mrz, (), (kind, lines, fields, checks, valid))

struct Readings {
    std::optional<Samples> samples;
    std::optional<Mrz> mrz;
    std::optional<Eyes> eyes;
    [[nodiscard]] bool empty() const { return !samples && !mrz && !eyes; }
};
BOOST_DESCRIBE_STRUCT(Readings, (), (samples, mrz, eyes))

} // namespace rekam::wire

namespace rekam::model {
template <> struct Names<wire::MrzKind> {
    static constexpr std::array<std::string_view, 5> values{"TD1", "TD2", "TD3", "MRV-A", "MRV-B"};
};
} // namespace rekam::model
