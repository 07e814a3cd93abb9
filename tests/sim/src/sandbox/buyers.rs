//! Invented buyers at invented streets.

use fastrand::Rng;

use crate::tiktok::{OrderSpec, Recipient};

#[rustfmt::skip]
const FIRST: [&str; 16] = [
    "Quillon", "Maribeth", "Thaddeus", "Isolde", "Evander", "Philippa", "Caspian", "Rosalind", "Leopold",
    "Winifred", "Ambrose", "Clementine", "Barnaby", "Ottoline", "Lysander", "Henrietta",
];
#[rustfmt::skip]
const LAST: [&str; 16] = [
    "Abernathy", "Fairweather", "Pumphrey", "Winterbourne", "Larkspur", "Thistlewood", "Merriweather",
    "Butterfield", "Kettlewell", "Oakenshaw", "Silverthorne", "Hollingberry", "Pennyworth", "Applegarth",
    "Copperfield", "Dunnabeck",
];
#[rustfmt::skip]
const STREETS: [&str; 12] = [
    "Larkspur Hollow Ln", "Mockingquill Rd", "Velvet Acorn Ave", "Saddlecloud Dr", "Tinder Pond Ct",
    "Copperwren Way", "Gingerfern St", "Plumstone Ter", "Foxglove Mill Rd", "Amberkite Blvd",
    "Snowthistle Ln", "Driftbarrel St",
];
/// City, county, state and the ZIP, area code of the phone.
const PLACES: [(&str, &str, &str, &str, &str); 12] = [
    ("Portland", "Multnomah", "Oregon", "97205", "503"),
    ("Austin", "Travis", "Texas", "78701", "512"),
    ("Boise", "Ada", "Idaho", "83702", "208"),
    ("Savannah", "Chatham", "Georgia", "31401", "912"),
    ("Duluth", "St. Louis", "Minnesota", "55802", "218"),
    ("Albany", "Albany", "New York", "12207", "518"),
    ("Tucson", "Pima", "Arizona", "85701", "520"),
    ("Madison", "Dane", "Wisconsin", "53703", "608"),
    ("Asheville", "Buncombe", "North Carolina", "28801", "828"),
    ("Sacramento", "Sacramento", "California", "95814", "916"),
    ("Burlington", "Chittenden", "Vermont", "05401", "802"),
    ("Omaha", "Douglas", "Nebraska", "68102", "402"),
];

/// A buyer that exists only here. The number of the house tells orders apart.
pub(crate) fn recipient(rng: &mut Rng, number: usize) -> Recipient {
    let (city, county, state, zip, area) = PLACES[rng.usize(..PLACES.len())];
    let house = 1_000 + number % 9_000;
    Recipient {
        first_name: FIRST[rng.usize(..FIRST.len())].to_owned(),
        last_name: LAST[rng.usize(..LAST.len())].to_owned(),
        // 555-01xx is reserved for fiction.
        phone: format!("(+1){area}55501{:02}", rng.u32(..100)),
        line1: format!("{house} {}", STREETS[rng.usize(..STREETS.len())]),
        line2: if rng.u32(..4) == 0 { format!("Apt {}", rng.u32(1..40)) } else { String::new() },
        city: city.to_owned(),
        county: county.to_owned(),
        state: state.to_owned(),
        postal_code: zip.to_owned(),
    }
}

/// A relay address in TikTok's style.
pub(crate) fn email(rng: &mut Rng) -> String {
    let local: String = (0..10).map(|_| rng.alphanumeric()).collect();
    format!("v2{local}@chat.seller.tiktok.com")
}

/// What must not appear of an order in a log. Single names are left out where they would be found in ordinary words.
pub(crate) fn personal_data(spec: &OrderSpec) -> Vec<String> {
    let to = &spec.recipient;
    let national = to.phone.trim_start_matches("(+1)").to_owned();
    vec![
        format!("{} {}", to.first_name, to.last_name),
        to.last_name.clone(),
        to.phone.clone(),
        national,
        to.line1.clone(),
        spec.buyer_email.clone(),
    ]
}
