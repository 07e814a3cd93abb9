//! How far a parcel goes: zones from the first three digits of the ZIPs.

/// Rough places of the ten ZIP regions: degrees west and north.
const REGIONS: [(f64, f64); 10] = [
    (72.0, 42.5),
    (75.5, 41.5),
    (78.5, 37.5),
    (84.0, 32.0),
    (84.5, 40.5),
    (93.5, 44.5),
    (91.0, 39.5),
    (96.0, 31.5),
    (109.0, 38.0),
    (120.0, 39.0),
];

/// Where each zone from 1 to 7 ends, in miles; 8 has no end.
const BANDS_MILES: [f64; 7] = [50.0, 150.0, 300.0, 600.0, 1000.0, 1400.0, 1800.0];

/// The zone from 1 to 8. A model: right in its order of magnitude, the same every time.
pub(crate) fn zone(from_zip: &str, to_zip: &str) -> u8 {
    let (Some(from), Some(to)) = (place(from_zip), place(to_zip)) else { return 8 };
    let miles = ((from.0 - to.0) * 53.0).hypot((from.1 - to.1) * 69.0);
    let zone = BANDS_MILES.iter().position(|end| miles < *end).unwrap_or(BANDS_MILES.len());
    u8::try_from(zone + 1).unwrap_or(8)
}

fn place(zip: &str) -> Option<(f64, f64)> {
    let zip3: usize = zip.get(..3)?.parse().ok()?;
    let (west, north) = REGIONS[zip3 / 100];
    // Within a region, spread the hundred prefixes over some 250 miles.
    let spread = (zip3 % 100) as f64 / 100.0 - 0.5;
    Some((west + spread * 4.0, north + spread * 2.0))
}

#[cfg(test)]
mod tests {
    use super::zone;

    #[test]
    fn grows_with_distance() {
        assert_eq!(zone("43215", "43201"), 1);
        assert!(zone("43215", "10001") < zone("43215", "97205"));
        assert_eq!(zone("10001", "94107"), 8);
    }
}
