//! Addresses that can be seen to be wrong.

use domain::address::{Address, AddressFault, Place, check, is_masked};

fn address(postal_code: &str, state: &str) -> Address {
    Address {
        name: "Ann Example".into(),
        street1: "12 Elm Street".into(),
        city: "Reno".into(),
        state: state.into(),
        postal_code: postal_code.into(),
        country: "US".into(),
        ..Address::default()
    }
}

#[track_caller]
fn told(address: &Address, expect: &[&str]) {
    let told: Vec<String> = check(address).iter().map(ToString::to_string).collect();
    assert_eq!(told, expect, "{address:?}");
}

/// One ZIP code of each state, district, territory and region of the forces.
const PLACES: &str = "99501AK 35203AL 72201AR 96799AS 85001AZ 90210CA 80202CO 06103CT 20500DC 19801DE 33101FL 96941FM \
    30303GA 39901GA 96910GU 96813HI 50309IA 83702ID 60601IL 46204IN 66603KS 40202KY 70112LA 02108MA 05501MA 21201MD \
    04101ME 96960MH 48226MI 55401MN 63101MO 96950MP 39201MS 59601MT 27601NC 58501ND 68102NE 03101NH 07030NJ 87501NM \
    89501NV 10001NY 00501NY 06390NY 43215OH 73102OK 97201OR 19103PA 00901PR 96940PW 02903RI 29201SC 57501SD 37203TN \
    73301TX 75201TX 88510TX 84101UT 20101VA 23219VA 00802VI 05401VT 98101WA 53703WI 25301WV 82001WY 83414WY 34002AA \
    09012AE 96201AP 20588MD 56901DC";

#[test]
fn a_zip_code_fits_its_state_and_no_other() {
    for place in PLACES.split_whitespace() {
        let (zip, state) = place.split_at(5);
        told(&address(zip, state), &[]);
        told(&address(&format!("{zip}-1234"), &state.to_ascii_lowercase()), &[]);
        let other = if state == "OH" { "UT" } else { "OH" };
        match check(&address(zip, other)).as_slice() {
            [AddressFault::ZipMismatch { state, .. }] => assert_eq!(*state, other, "{zip}"),
            faults => panic!("{zip} {other}: {faults:?}"),
        }
    }
}

#[test]
fn says_what_was_expected() {
    told(&address("90210", "NV"), &["the postal code is in CA, but the state is NV"]);
    told(&address("90210", "Nevada"), &["the postal code is in CA, but the state is NV"]);
    told(&address("06390", "WA"), &["the postal code is in CT, but the state is WA"]);
    told(&address("7030", "NJ"), &["the postal code should be five digits, or nine"]);
    told(&address("00000", "NJ"), &["no ZIP code begins with 000, as this postal code does"]);
    told(&address("34801", "FL"), &["no ZIP code begins with 348, as this postal code does"]);
    let lacking = Address { street1: " ".into(), name: String::new(), ..address("90210", "NV") };
    told(
        &lacking,
        &[
            "the address has no name",
            "the address has no street",
            "the postal code is in CA, but the state is NV",
        ],
    );
    told(
        &Address::default(),
        &["name", "street", "city", "postal code", "country"]
            .map(|field| format!("the address has no {field}"))
            .each_ref()
            .map(String::as_str),
    );
}

#[test]
fn a_state_that_is_no_code_is_left_to_the_carrier() {
    for state in ["", "Ontario", "British Virgin Islands", "12 Elm Street"] {
        told(&address("90210", state), &[]);
    }
}

#[test]
fn a_box_and_the_forces_are_no_faults() {
    let po_box = Address { street1: "PO Box 12".into(), ..address("89501", "NV") };
    let military = Address { city: "APO".into(), street1: "Unit 2050".into(), ..address("96278", "AP") };
    assert_eq!([po_box.place(), military.place()], [Place::PoBox, Place::Military]);
    told(&po_box, &[]);
    told(&military, &[]);
}

#[test]
fn a_territory_may_be_the_country() {
    let territory =
        |postal_code: &str, country: &str| Address { country: country.into(), ..address(postal_code, "") };
    told(&territory("00901", "PR"), &[]);
    told(&territory("96910", "gu"), &[]);
    told(&territory("33101", "PR"), &["the postal code is in FL, but the state is PR"]);
    told(&territory("0090", "PR"), &["the postal code should be five digits, or nine"]);
}

#[test]
fn other_countries_have_their_own_forms() {
    let of =
        |country: &str, postal_code: &str| Address { country: country.into(), ..address(postal_code, "CA") };
    told(&of("GB", "SW1A 1AA"), &[]);
    told(&of("GB", "90210"), &["the postal code should be a British postcode like SW1A 1AA"]);
    told(&of("ie", "90210"), &["the postal code should be an Eircode like D02 X285"]);
    told(&of("MX", "any"), &[]);
    told(&of("MX", " "), &["the address has no postal code"]);
}

#[test]
fn a_star_is_not_yet_a_mask() {
    let masked = |change: fn(&mut Address, &str), text: &str| {
        let mut address = address("89501", "NV");
        change(&mut address, text);
        is_masked(&address)
    };
    let name: fn(&mut Address, &str) = |address, text| address.name = text.into();
    let street: fn(&mut Address, &str) = |address, text| address.street1 = text.into();
    let city: fn(&mut Address, &str) = |address, text| address.city = text.into();
    for hidden in ["J*** D**", "J***n", "***", "J* D*", "J*n", "*n", "李*", "Ann L**"] {
        assert!(masked(name, hidden), "{hidden}");
    }
    for shown in ["Anna*", "*Anna*", "Anna * Lee", "D*Angelo", "A*Teens", "*", "Ann Lee", "Club 5*"] {
        assert!(!masked(name, shown), "{shown}");
    }
    assert!(masked(street, "1*** Coleman Ave") && masked(city, "S**"));
    assert!(!masked(street, "12 Elm Street Apt *5") && !masked(street, "2*4 Elm Street"));
    let code: fn(&mut Address, &str) = |address, text| address.postal_code = text.into();
    let state: fn(&mut Address, &str) = |address, text| address.state = text.into();
    assert!(masked(code, "9021*") && masked(state, "N*"));
}

#[test]
fn a_masked_address_is_no_bad_address() {
    let masked = Address {
        name: "A** E******".into(),
        street1: "12 E** S*****".into(),
        city: "R***".into(),
        postal_code: "895**".into(),
        ..address("", "NV")
    };
    assert!(is_masked(&masked));
    told(&masked, &[]);
    told(&Address { city: String::new(), ..masked.clone() }, &["the address has no city"]);
    told(&Address { postal_code: "90210".into(), state: "N*".into(), ..masked.clone() }, &[]);
    let masked_phone = Address { phone: "(+1)213-***-1234".into(), ..address("89501", "NV") };
    assert!(!is_masked(&masked_phone));
}

#[test]
fn no_person_is_seen_in_a_fault() {
    let odd = Address { state: "Ann Example".into(), ..address("12 Elm Street", "") };
    let shown =
        format!("{:?} {}", check(&odd), check(&odd).iter().map(ToString::to_string).collect::<String>());
    assert!(!shown.contains("Elm") && !shown.contains("Ann") && !shown.is_empty(), "{shown}");
}
