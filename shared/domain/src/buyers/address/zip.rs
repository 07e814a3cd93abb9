//! Which states the first three digits of a ZIP code stand for.

/// Ranges of prefixes in use, in order: first, last, and their states, the one with most ZIP codes first. Source: a public
/// list of 42,789 ZIP codes (version 3.0.0 of the PyPI package zipcodes), grouped by prefix. Where a few ZIP codes of a
/// prefix lie in another state (06390 on Fishers Island, New York), that state comes second.
#[rustfmt::skip]
const RANGES: &[(u16, u16, &[&str])] = &[
    (5, 5, &["NY"]),
    (6, 7, &["PR"]),
    (8, 8, &["VI"]),
    (9, 9, &["PR"]),
    (10, 27, &["MA"]),
    (28, 29, &["RI"]),
    (30, 38, &["NH"]),
    (39, 49, &["ME"]),
    (50, 54, &["VT"]),
    (55, 55, &["MA"]),
    (56, 59, &["VT"]),
    (60, 62, &["CT"]),
    (63, 63, &["CT", "NY"]),
    (64, 69, &["CT"]),
    (70, 89, &["NJ"]),
    (90, 99, &["AE"]),
    (100, 149, &["NY"]),
    (150, 196, &["PA"]),
    (197, 199, &["DE"]),
    (200, 200, &["DC"]),
    (201, 201, &["VA"]),
    (202, 204, &["DC"]),
    (205, 205, &["DC", "MD", "VA"]),
    (206, 212, &["MD"]),
    (214, 219, &["MD"]),
    (220, 246, &["VA"]),
    (247, 268, &["WV"]),
    (270, 289, &["NC"]),
    (290, 299, &["SC"]),
    (300, 319, &["GA"]),
    (320, 339, &["FL"]),
    (340, 340, &["AA"]),
    (341, 342, &["FL"]),
    (344, 344, &["FL"]),
    (346, 347, &["FL"]),
    (349, 349, &["FL"]),
    (350, 352, &["AL"]),
    (354, 369, &["AL"]),
    (370, 385, &["TN"]),
    (386, 397, &["MS"]),
    (398, 399, &["GA"]),
    (400, 418, &["KY"]),
    (420, 427, &["KY"]),
    (430, 459, &["OH"]),
    (460, 479, &["IN"]),
    (480, 499, &["MI"]),
    (500, 516, &["IA"]),
    (520, 528, &["IA"]),
    (530, 532, &["WI"]),
    (534, 535, &["WI"]),
    (537, 549, &["WI"]),
    (550, 551, &["MN"]),
    (553, 567, &["MN"]),
    (569, 569, &["DC"]),
    (570, 577, &["SD"]),
    (580, 588, &["ND"]),
    (590, 599, &["MT"]),
    (600, 620, &["IL"]),
    (622, 629, &["IL"]),
    (630, 631, &["MO"]),
    (633, 641, &["MO"]),
    (644, 658, &["MO"]),
    (660, 662, &["KS"]),
    (664, 679, &["KS"]),
    (680, 681, &["NE"]),
    (683, 693, &["NE"]),
    (700, 701, &["LA"]),
    (703, 708, &["LA"]),
    (710, 714, &["LA"]),
    (716, 725, &["AR"]),
    (726, 726, &["AR", "MO"]),
    (727, 729, &["AR"]),
    (730, 731, &["OK"]),
    (733, 733, &["TX"]),
    (734, 738, &["OK"]),
    (739, 739, &["OK", "TX"]),
    (740, 741, &["OK"]),
    (743, 749, &["OK"]),
    (750, 770, &["TX"]),
    (772, 799, &["TX"]),
    (800, 816, &["CO"]),
    (820, 831, &["WY"]),
    (832, 833, &["ID"]),
    (834, 834, &["ID", "WY"]),
    (835, 838, &["ID"]),
    (840, 847, &["UT"]),
    (850, 853, &["AZ"]),
    (855, 857, &["AZ"]),
    (859, 860, &["AZ"]),
    (863, 865, &["AZ"]),
    (870, 871, &["NM"]),
    (873, 884, &["NM"]),
    (885, 885, &["TX"]),
    (888, 888, &["DC"]),
    (889, 891, &["NV"]),
    (893, 895, &["NV"]),
    (897, 898, &["NV"]),
    (900, 908, &["CA"]),
    (910, 928, &["CA"]),
    (930, 961, &["CA"]),
    (962, 966, &["AP"]),
    (967, 967, &["HI", "AS"]),
    (968, 968, &["HI"]),
    (969, 969, &["GU", "MP", "FM", "MH", "PW"]),
    (970, 979, &["OR"]),
    (980, 986, &["WA"]),
    (988, 994, &["WA"]),
    (995, 999, &["AK"]),
];

/// The states of a prefix, the one with most ZIP codes first; `None` for a prefix that is not in use.
pub fn states(prefix: u16) -> Option<&'static [&'static str]> {
    let (_, _, states) = RANGES.iter().find(|(from, to, _)| (*from..=*to).contains(&prefix))?;
    Some(states)
}

/// The state as the table spells it; `None` for anything that is not a state's code.
pub fn known_state(state: &str) -> Option<&'static str> {
    RANGES.iter().flat_map(|(.., states)| *states).find(|known| **known == state).copied()
}

/// The first three digits of a ZIP code of five digits or nine; hyphens and spaces do not matter.
pub fn prefix_of(code: &str) -> Option<u16> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let is_zip = matches!(digits.len(), 5 | 9) && digits.bytes().all(|b| b.is_ascii_digit());
    is_zip.then(|| digits.get(..3)?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{RANGES, known_state, prefix_of, states};

    #[test]
    fn the_table_covers_every_state_territory_and_the_military() {
        let states: BTreeSet<&str> = RANGES.iter().flat_map(|(.., s)| *s).copied().collect();
        let others = ["DC", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW", "AA", "AE", "AP"];
        assert!(others.iter().all(|state| states.contains(state)));
        assert_eq!(states.len(), 50 + others.len());
    }

    #[test]
    fn ranges_are_in_order_and_name_states_of_two_capital_letters() {
        assert!(RANGES.iter().all(|(from, to, _)| from <= to && *to <= 999));
        assert!(RANGES.windows(2).all(|pair| pair[0].1 < pair[1].0));
        let is_code = |state: &&str| state.len() == 2 && state.bytes().all(|b| b.is_ascii_uppercase());
        assert!(RANGES.iter().all(|(.., states)| !states.is_empty() && states.iter().all(is_code)));
    }

    #[test]
    fn finds_states() {
        assert_eq!((states(5), states(6)), (Some(&["NY"][..]), Some(&["PR"][..])));
        assert_eq!((states(0), states(1_000)), (None, None));
        assert_eq!((known_state("NV"), known_state("nv"), known_state("XX")), (Some("NV"), None, None));
    }

    #[test]
    fn reads_the_prefix() {
        for code in ["00501", "00501-1234", "005011234", " 00501 1234 ", "00501-"] {
            assert_eq!(prefix_of(code), Some(5), "{code}");
        }
        for code in ["", "501", "7030", "123456", "9021O", "CA 90210", "٩٠٢١٠", "+9021", "邮编"] {
            assert_eq!(prefix_of(code), None, "{code}");
        }
    }
}
