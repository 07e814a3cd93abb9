//! A carrier's words are shown, and nothing of an address in them.

use domain::CarrierText;
use domain::address::Address;

fn buyer() -> Address {
    Address {
        name: "Ottoline Fairweather".into(),
        company: Some("Fen & Marsh Ltd".into()),
        street1: "1207 Saddlecloud Dr".into(),
        street2: "Apt 4".into(),
        city: "Tucson".into(),
        state: "AZ".into(),
        postal_code: "85701".into(),
        country: "US".into(),
        phone: "(+1)5205550142".into(),
    }
}

fn sender() -> Address {
    Address {
        name: "Shipping desk".into(),
        street1: "PO Box 77".into(),
        city: "Columbus".into(),
        postal_code: "43215-1234".into(),
        ..Address::default()
    }
}

#[track_caller]
fn check(text: &str, expect: &str) {
    let shown = CarrierText::new(text).shown(&[&buyer(), &sender()]);
    assert_eq!(shown.as_deref(), Some(expect), "{text}");
}

#[test]
fn what_helps_is_left() {
    for text in [
        "Missing or invalid ship to phone number.",
        "Account numbers should be 6 characters or less.",
        "The address is not valid: house number is missing in street1",
        "ShipTo PhoneNumber must be at least 10 alphanumeric characters",
        "Unable to verify address. Address not found; House number is missing",
        "Package exceeds 70 lbs, length plus girth 108 in",
        "customs_info is required for shipments to AE",
    ] {
        check(text, text);
    }
}

#[test]
fn nothing_of_an_address_is_left() {
    check("Recipient Ottoline Fairweather unknown", "Recipient […] unknown");
    check("OTTOLINE's parcel", "[…]'s parcel");
    check("1207 SADDLECLOUD DR, APT 4, TUCSON AZ 85701 is undeliverable", "[…] AZ […] is undeliverable");
    check("street1 '1207 Saddlecloud Dr' too long", "street1 '[…]' too long");
    check("Apt 4 is unknown", "[…] is unknown");
    check("cannot deliver to P.O. Box 77", "cannot deliver to P.O. […]");
    check("company Fen & Marsh: no", "company […]: no");
    check("ottolinefairweather has no locker", "[…] has no locker");
    check("{\"name\":\"Ottoline\",\"zip\":\"85701\"}", "{\"name\":\"[…]\",\"zip\":\"[…]\"}");
    check("sender 43215-1234, zip 432151234", "sender […], zip […]");
}

#[test]
fn numbers_and_e_mails_are_nobody_s_business() {
    check("call +1 (520) 555-0142 now", "call +[…] now");
    check("call 614-555-0199 now", "call […] now");
    check("code 120217: refused", "code […]: refused");
    check("write to who.else@example.com, please", "write to […], please");
    check("<a@b.example>", "<[…]>");
}

#[test]
fn other_spellings_are_found() {
    let to = Address {
        name: "Jürgen Müller".into(),
        street1: "12 Calle Peña".into(),
        city: "김해".into(),
        ..Address::default()
    };
    let shown = |text: &str| CarrierText::new(text).shown(&[&to]).unwrap();
    assert_eq!(shown("for Juergen Mueller"), "for […]");
    assert_eq!(shown("for Jurgen Muller"), "for […]");
    assert_eq!(shown("for JÜRGEN MÜLLER"), "for […]");
    assert_eq!(shown("at 12 CALLE PENA"), "at […]");
    assert_eq!(shown("at 김해시"), "at […]");
    assert_eq!(shown("the parcel is too heavy"), "the parcel is too heavy");
}

#[test]
fn it_is_one_short_line() {
    assert_eq!(CarrierText::new(" \u{0}\n\t ").shown(&[]), None);
    assert_eq!(CarrierText::new("").shown(&[]), None);
    check("a\u{202e}b\r\n  c\u{7}", "a b c");
    let long = CarrierText::new(&"so long ".repeat(2_000)).shown(&[]).unwrap();
    assert!((290..=300).contains(&long.chars().count()), "{long}");
    assert!(long.ends_with('…'));
    // A name that would be cut in two is gone before.
    let name = format!("{}Fairweather", "x ".repeat(147));
    assert!(!CarrierText::new(&name).shown(&[&buyer()]).unwrap().contains("Fa"));
    let flood = "Ottoline ".repeat(600);
    assert!(!CarrierText::new(&flood).shown(&[&buyer()]).unwrap().contains("Ot"));
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", CarrierText::new("Ottoline")), "CarrierText");
}
