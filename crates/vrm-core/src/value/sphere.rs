//! Distances on the sphere that come out the same on every machine.
//!
//! Two nodes must agree whether an intent is within 50 km, so nothing here calls the platform's maths library:
//! only `+ - * /` and `sqrt`, which IEEE 754 defines to the last bit, in a fixed order; the result is rounded to
//! metres, a million times coarser than the error of the series. Must not know geohashes or areas.

/// Degrees north and east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// Mean radius of the earth, IUGG, in metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;
const HALF_PI: f64 = std::f64::consts::FRAC_PI_2;

/// Metres along the great circle (haversine formula).
pub(super) fn distance_m(a: Point, b: Point) -> u32 {
    let lat = sin(radians(b.lat - a.lat) / 2.0);
    let lon = sin(radians(b.lon - a.lon) / 2.0);
    let chord = lat * lat + cos(radians(a.lat)) * cos(radians(b.lat)) * (lon * lon);
    let metres = 2.0 * EARTH_RADIUS_M * asin(chord.clamp(0.0, 1.0).sqrt());
    // Half the circumference is 20,015,114 m: it fits, and the cast saturates anyway.
    (metres + 0.5) as u32
}

fn radians(degrees: f64) -> f64 {
    degrees * (std::f64::consts::PI / 180.0)
}

/// Taylor series on [-π, π], folded into [-π/2, π/2], where eleven terms leave an error below 1e-17.
fn sin(x: f64) -> f64 {
    let x = match x {
        x if x > HALF_PI => std::f64::consts::PI - x,
        x if x < -HALF_PI => -std::f64::consts::PI - x,
        x => x,
    };
    let square = x * x;
    let mut term = x;
    let mut sum = x;
    for n in 1..=11 {
        let n = f64::from(n);
        term = -term * square / ((2.0 * n) * (2.0 * n + 1.0));
        sum += term;
    }
    sum
}

/// For latitudes only, so that the argument of the sine stays in range.
fn cos(x: f64) -> f64 {
    sin(HALF_PI - x.abs())
}

/// Series on [0, 1/2]; larger arguments are brought there by the half-angle identity.
fn asin(x: f64) -> f64 {
    if x > 0.5 {
        return HALF_PI - 2.0 * asin(((1.0 - x) / 2.0).sqrt());
    }
    let square = x * x;
    let mut power = x;
    let mut sum = x;
    for n in 1..=24 {
        let n = f64::from(n);
        power = power * square * (2.0 * n - 1.0) / (2.0 * n);
        sum += power / (2.0 * n + 1.0);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_agree_with_the_maths_library() {
        for step in -1_000..=1_000 {
            let x = f64::from(step) / 1_000.0;
            assert!(
                (sin(x * std::f64::consts::PI) - (x * std::f64::consts::PI).sin()).abs() < 1e-12,
                "sin {x}"
            );
            assert!((cos(x * HALF_PI) - (x * HALF_PI).cos()).abs() < 1e-12, "cos {x}");
            assert!((asin(x.abs()) - x.abs().asin()).abs() < 1e-12, "asin {x}");
        }
    }

    #[test]
    fn known_distances() {
        let berlin = Point { lat: 52.52, lon: 13.405 };
        let paris = Point { lat: 48.8566, lon: 2.3522 };
        assert_eq!(distance_m(berlin, paris) / 1_000, 877);
        assert_eq!(distance_m(berlin, berlin), 0);
        let date_line = (Point { lat: 0.0, lon: 179.5 }, Point { lat: 0.0, lon: -179.5 });
        assert_eq!(distance_m(date_line.0, date_line.1), 111_195);
        let poles = (Point { lat: 90.0, lon: 0.0 }, Point { lat: -90.0, lon: 0.0 });
        assert_eq!(distance_m(poles.0, poles.1), 20_015_114);
    }
}
