//! Addresses in the form that carriers take.

use domain::address::{Address, AddressIssue, Field, Party, address_issue, dialable, label_address};
use domain::rates::Carrier;

use crate::support::recipient;

#[track_caller]
fn name(written: &str, printed: &str) {
    let fitted = label_address(&Address { name: written.into(), ..recipient() }, &[]);
    assert_eq!(
        (fitted.address.name.as_str(), fitted.unprintable.as_slice()),
        (printed, &[][..]),
        "{written}"
    );
}

#[test]
fn what_no_label_prints_is_taken_out_of_a_name() {
    name("Emma Nails 💸", "Emma Nails");
    name("💅 Emma - Nails 💅🏽", "Emma - Nails");
    name("Emma 👩‍👩‍👧 Lee", "Emma Lee");
    name("Emma\u{200B}\u{FEFF} Lee\u{FE0F}", "Emma Lee");
    name("Emma\u{0}\u{7}\tLee\r\n", "Emma Lee");
    name("Emma \u{E000}\u{F8FF}Lee", "Emma Lee");
    name("Emma \u{FFFD} Lee", "Emma Lee");
    name("\u{202E}Emma\u{202C} Lee", "Emma Lee");
    name("Emma 🇺🇸 Lee", "Emma Lee");
    name("Ｅｍｍａ　Ｌｅｅ", "Emma Lee");
    name("𝓔𝓶𝓶𝓪 𝐋𝐞𝐞", "Emma Lee");
    name("Emma “Em” O’Lee–Brown…", "Emma \"Em\" O'Lee-Brown...");
    name("  Emma   Lee ", "Emma Lee");
    name("Emma ♥ Lee ★", "Emma Lee");
    name("Nails & Co. #1", "Nails & Co. #1");
}

#[test]
fn letters_of_western_europe_stay_and_others_lose_their_accents() {
    name("José Núñez Müller", "José Núñez Müller");
    name("Jose\u{301} Nu\u{303}ez", "José Nũez".replace('ũ', "u").as_str());
    name("Łukasz Żółć", "Lukasz Zólc");
    name("Nguyễn Thị Đặng", "Nguyen Thi Dang");
    name("Şahin Iğdır", "Sahin Igdir");
    name("Œuvre Čapek", "OEuvre Capek");
}

#[test]
fn a_name_in_another_script_is_printed_by_its_latin_part_or_seen_by_a_person() {
    name("서울특 Kim", "Kim");
    name("Anna Lee (李安娜)", "Anna Lee");
    for written in ["서울특", "李安娜", "Анна", "서울특Kim", "李 J", "💸💸", "ผู้ซื้อ", "محمد"]
    {
        let fitted = label_address(&Address { name: written.into(), ..recipient() }, &[]);
        assert_eq!(fitted.unprintable, ["name"], "{written}");
        assert!(!fitted.address.name.contains('?') && fitted.address.name.is_ascii(), "{written}");
    }
}

#[test]
fn a_street_or_city_in_another_script_is_never_printed_in_part() {
    let lost = |change: fn(&mut Address)| {
        let mut address = recipient();
        change(&mut address);
        label_address(&address, &[]).unprintable
    };
    assert_eq!(lost(|to| to.street1 = "12 улица Elm".into()), ["street"]);
    assert_eq!(lost(|to| to.street1 = "🏠".into()), ["street"]);
    assert_eq!(lost(|to| to.street2 = "房间 5".into()), ["second line"]);
    assert_eq!(lost(|to| to.city = "北京".into()), ["city"]);
    assert_eq!(lost(|to| to.company = Some("会社".into())), [""; 0], "a label does without a company");
    assert_eq!(lost(|to| to.street1 = "12 Elm Street 🏠".into()), [""; 0]);
    assert_eq!(lost(|to| to.street2 = "🏠".into()), [""; 0]);
}

#[test]
fn the_other_fields_are_printed_too() {
    let written = Address {
        name: " ".into(),
        company: Some("Nail Bar 💅".into()),
        street1: "12½ Elm\u{A0}Street".into(),
        street2: "Apt №５ 🚪".into(),
        city: "Reno 🎲".into(),
        postal_code: "８９５０１".into(),
        ..recipient()
    };
    let printed = Address {
        name: "Nail Bar".into(),
        company: None,
        street1: "12 1/2 Elm Street".into(),
        street2: "Apt No5".into(),
        phone: String::new(),
        ..recipient()
    };
    assert!(label_address(&written, &[]).address == printed);
}

#[track_caller]
fn lines(written: (&str, &str), printed: (&str, &str)) {
    let address = Address { street1: written.0.into(), street2: written.1.into(), ..recipient() };
    let Address { street1, street2, .. } = label_address(&address, &[]).address;
    assert_eq!((street1.as_str(), street2.as_str()), printed);
}

#[test]
fn a_long_line_goes_on_in_the_second_where_both_then_fit() {
    let thirty_five = "12345 North Old Saddle Creek Roadwy";
    assert_eq!(thirty_five.len(), 35);
    lines((thirty_five, "Apt 4"), (thirty_five, "Apt 4"));
    let split = ("12345 North Old Saddle Creek", "Boulevard");
    lines(("12345 North Old Saddle Creek Boulevard", ""), split);
    lines(("12345 North Old Saddle Creek, Boulevard", ""), split);
    lines(("12345 North Old Saddle Creek Boulevard", "Apt 4"), (split.0, "Boulevard, Apt 4"));
    // A flat and its number stay together, on a line of their own.
    lines(("12345 North Old Saddle Creek Rd Apt 4", ""), ("12345 North Old Saddle Creek Rd", "Apt 4"));
    lines(
        ("123 Saddle Creek Rd Suite 1204 Second Door", ""),
        ("123 Saddle Creek Rd", "Suite 1204 Second Door"),
    );
    // Into the lines of the postal service, where it fits no other.
    let second = "Building 7 Apartment 1204 Gate 9";
    let long = "12345 North Old Saddle Creek Boulevard Extension Northwest";
    lines(
        (long, second),
        ("12345 North Old Saddle Creek Boulevard Extension", &format!("Northwest, {second}")),
    );
    // Left whole: no cut helps.
    let word = "W".repeat(60);
    lines((&word, ""), (&word, ""));
    let long_second = "x ".repeat(40);
    lines(("12 Elm Street", &long_second), ("12 Elm Street", long_second.trim()));
}

#[test]
fn phones_are_digits_that_can_be_dialled() {
    let check = |phone: &str, country: &str, expect: Option<&str>| {
        assert_eq!(dialable(phone, country).as_deref(), expect, "{phone} {country}");
    };
    for phone in [
        "(+1)2135550100",
        "+1 213 555 0100",
        "1-213-555-0100",
        "213.555.0100",
        "(213) 555-0100 ext. 12",
        "213-555-0100 x12",
        "２１３５５５０１００",
    ] {
        check(phone, "US", Some("2135550100"));
    }
    for phone in
        ["(+1)213-***-1234", "911", "", "555-0100", "0000000000", "1234567890", "21355501001", "213 055 0100"]
    {
        check(phone, "US", None);
        check(phone, "PR", None);
    }
    check("(+44)2079460000", "GB", Some("442079460000"));
    check("999", "GB", None);
}

#[test]
fn the_sellers_phone_stands_in_for_one_that_can_t_be_dialled() {
    let phone = |phone: &str, of_seller: &[&str]| {
        label_address(&Address { phone: phone.into(), ..recipient() }, of_seller).address.phone
    };
    assert_eq!(phone("(+1)2135550100", &["+14155550100"]), "2135550100");
    for bad in ["(+1)213-***-1234", "911", ""] {
        assert_eq!(phone(bad, &["", "+14155550100"]), "4155550100", "{bad}");
        assert_eq!(phone(bad, &["", "7"]), "", "{bad}");
    }
}

#[test]
fn what_does_not_fit_a_carrier_is_a_reason_against_it() {
    let with = |change: fn(&mut Address)| {
        let mut to = Address { phone: "2135550100".into(), ..recipient() };
        change(&mut to);
        to
    };
    let from = with(|_| {});
    let against = |carrier, to: &Address| address_issue(carrier, &from, to);
    let long = |field, max| Some(AddressIssue::TooLong { party: Party::Recipient, field, max });
    let table: [(Address, Carrier, Option<AddressIssue>); 9] = [
        (with(|_| {}), Carrier::Ups, None),
        (with(|to| to.street1 = "x".repeat(36)), Carrier::Ups, long(Field::Street, 35)),
        (with(|to| to.street2 = "x".repeat(36)), Carrier::FedEx, long(Field::Street, 35)),
        (with(|to| to.street2 = "x".repeat(36)), Carrier::Usps, None),
        (with(|to| to.street1 = "x".repeat(51)), Carrier::Usps, long(Field::Street, 50)),
        (with(|to| to.name = "x".repeat(36)), Carrier::Ups, long(Field::Name, 35)),
        (with(|to| to.company = Some("x".repeat(51))), Carrier::Usps, long(Field::Company, 50)),
        (with(|to| to.city = "é".repeat(29)), Carrier::Usps, long(Field::City, 28)),
        (with(|to| to.city = "é".repeat(28)), Carrier::Usps, None),
    ];
    for (to, carrier, expect) in table {
        assert_eq!(against(carrier, &to), expect, "{carrier:?}");
    }
    let silent = with(|to| to.phone.clear());
    let needs = |party| Some(AddressIssue::NoPhone { party });
    for (carrier, expect) in [
        (Carrier::Ups, needs(Party::Recipient)),
        (Carrier::FedEx, needs(Party::Recipient)),
        (Carrier::Usps, None),
        (Carrier::DhlEcommerce, None),
    ] {
        assert_eq!(against(carrier, &silent), expect, "{carrier:?}");
    }
    assert_eq!(address_issue(Carrier::FedEx, &silent, &from), needs(Party::Sender));
    assert_eq!(address_issue(Carrier::Ups, &silent, &from), None, "UPS asks a sender for one abroad only");
    let told =
        address_issue(Carrier::FedEx, &silent, &from).map(|misfit| misfit.to_string()).unwrap_or_default();
    assert!(told.starts_with("needs a phone number for the sender, and none is known"), "{told}");
}
