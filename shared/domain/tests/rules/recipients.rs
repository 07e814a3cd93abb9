//! Who is told of alarms, how, and when not.

use domain::recipient::{Channel, Language, QuietHours, Recipient};
use domain::settings::{AllSettings, CancellationPolicy};
use domain::{Private, ShopId};
use serde_json::{Value, json};

use crate::support::unreachable_recipient;

fn recipient() -> Recipient {
    Recipient {
        name: Some(Private::from("Ann Example")),
        email: Some(Private::from("ann@example.com")),
        phone: Some(Private::from("+14155550100")),
        sms_consent: Some("2026-11-01".parse().unwrap()),
        call_consent: Some("2026-11-01".parse().unwrap()),
        ..unreachable_recipient("ann")
    }
}

fn channels(recipient: &Recipient) -> Vec<Channel> {
    Channel::ALL.iter().copied().filter(|channel| recipient.address(*channel).is_some()).collect()
}

#[test]
fn a_number_is_used_with_consent_alone() {
    use Channel::{Call, Email, Sms};
    assert_eq!(channels(&recipient()), [Email, Sms, Call]);
    assert_eq!(channels(&Recipient { sms_consent: None, ..recipient() }), [Email, Call]);
    assert_eq!(channels(&Recipient { call_consent: None, ..recipient() }), [Email, Sms]);
    assert_eq!(channels(&Recipient { phone: None, ..recipient() }), [Email]);
    assert_eq!(channels(&Recipient { email: None, ..recipient() }), [Sms, Call]);
    assert_eq!(channels(&Recipient { channels: Some(vec![Sms]), ..recipient() }), [Sms]);
    assert_eq!(channels(&Recipient { channels: Some(vec![]), ..recipient() }), []);
    let unasked = Recipient { channels: Some(vec![Sms, Call]), sms_consent: None, ..recipient() };
    assert_eq!(channels(&unasked), [Call]);
    let address = |channel| recipient().address(channel).map(|address| address.expose().clone());
    assert_eq!(address(Email).as_deref(), Some("ann@example.com"));
    assert_eq!(address(Call).as_deref(), Some("+14155550100"));
}

#[test]
fn quiet_hours_are_those_of_the_clock_on_the_wall() {
    #[track_caller]
    fn check(zone: &str, from: &str, to: &str, at: &str, quiet: bool) {
        let hours =
            QuietHours { from: from.parse().unwrap(), to: to.parse().unwrap(), zone: zone.to_owned() };
        let recipient = Recipient { quiet: Some(hours), ..recipient() };
        assert_eq!(recipient.is_quiet(at.parse().unwrap()), quiet, "{from} to {to} of {zone} at {at}");
    }
    let new_york = "America/New_York";
    // Within a day.
    check("UTC", "13:00", "15:00", "2026-11-24T12:59:59.999Z", false);
    check("UTC", "13:00", "15:00", "2026-11-24T13:00:00Z", true);
    check("UTC", "13:00", "15:00", "2026-11-24T14:59:59.999Z", true);
    check("UTC", "13:00", "15:00", "2026-11-24T15:00:00Z", false);
    // Past midnight: 22:00 EST is 03:00 UTC of the next day.
    check(new_york, "22:00", "07:00", "2026-11-25T02:59:59Z", false);
    check(new_york, "22:00", "07:00", "2026-11-25T03:00:00Z", true);
    check(new_york, "22:00", "07:00", "2026-11-25T05:00:00Z", true);
    check(new_york, "22:00", "07:00", "2026-11-25T11:59:59Z", true);
    check(new_york, "22:00", "07:00", "2026-11-25T12:00:00Z", false);
    check("UTC", "22:00", "00:00", "2026-11-24T23:59:59Z", true);
    check("UTC", "22:00", "00:00", "2026-11-25T00:00:00Z", false);
    // The same wall clock in summer, an hour earlier in UTC.
    check(new_york, "22:00", "07:00", "2026-07-01T01:59:59Z", false);
    check(new_york, "22:00", "07:00", "2026-07-01T02:00:00Z", true);
    check(new_york, "22:00", "07:00", "2026-07-01T11:00:00Z", false);
    // 2026-03-08: 02:00 EST (07:00Z) is 03:00 EDT. 02:30 never comes; at 03:00 the clock is past it.
    check(new_york, "02:30", "04:00", "2026-03-08T06:59:59Z", false);
    check(new_york, "02:30", "04:00", "2026-03-08T07:00:00Z", true);
    check(new_york, "02:30", "04:00", "2026-03-08T08:00:00Z", false);
    check(new_york, "22:00", "02:30", "2026-03-08T06:59:59Z", true);
    check(new_york, "22:00", "02:30", "2026-03-08T07:00:00Z", false);
    // 2026-11-01: 02:00 EDT (06:00Z) is 01:00 EST. 01:30 comes twice and is quiet both times.
    check(new_york, "01:15", "01:45", "2026-11-01T05:30:00Z", true);
    check(new_york, "01:15", "01:45", "2026-11-01T06:00:00Z", false);
    check(new_york, "01:15", "01:45", "2026-11-01T06:30:00Z", true);
    check("Asia/Shanghai", "22:00", "08:00", "2026-11-24T14:00:00Z", true);
    check("Asia/Shanghai", "22:00", "08:00", "2026-11-25T00:00:00Z", false);
    check("Mars/Olympus", "00:00", "23:59", "2026-11-25T00:00:00Z", false);
    assert!(!recipient().is_quiet("2026-11-25T03:00:00Z".parse().unwrap()));
}

/// Settings with this recipient, the second of shop 7495.
fn with(changes: Value) -> String {
    let mut bob = json!({"id": "bob", "email": "bob@example.com", "phone": "+447911123456"});
    for (field, value) in changes.as_object().unwrap() {
        bob[field] = value.clone();
    }
    json!({"shops": {"7495": {"recipients": [{"id": "ann"}, bob]}}}).to_string()
}

#[track_caller]
fn refused(json: &str, expect: &str) {
    let error = AllSettings::read(json).unwrap_err();
    assert!(error.to_string().starts_with(expect), "{error}");
    for shown in [format!("{error}"), format!("{error:?}")] {
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn what_can_t_be_meant_is_named() {
    let check = |changes: Value, field: &str| {
        refused(&with(changes), &format!("shops.7495.recipients[1].{field} is not "))
    };
    check(json!({"id": "ann"}), "id");
    check(json!({"id": ""}), "id");
    check(json!({"id": "secret person"}), "id");
    check(json!({"id": "s".repeat(65)}), "id");
    for email in ["secret", "@secret", "secret@", "sec ret@example.com", "secret@b\r\nBcc:c", "secret@b@c"] {
        check(json!({"email": email}), "email");
    }
    let phones = [
        "",
        "14155550100",
        "+0123456789",
        "+1 415 555 0100",
        "+1415secret",
        "+123456",
        "+1234567890123456",
        "+٤٤٧٩١١١٢٣٤٥٦",
    ];
    for phone in phones {
        check(json!({"phone": phone}), "phone");
    }
    check(json!({"channels": ["email", "call"], "phone": null}), "channels");
    check(json!({"channels": ["email"], "email": null}), "channels");
    check(json!({"quiet": {"from": "22:00", "to": "07:00", "zone": "secret"}}), "quiet.zone");
    check(json!({"quiet": {"from": "22:00", "to": "22:00", "zone": "UTC"}}), "quiet.to");
    for url in ["secret", "ftp://secret", "https://", "https:///secret", "https://a b"] {
        refused(&json!({"default": {"list_url": url}}).to_string(), "default.list_url is not an http");
    }
    for phone in ["911", "415 555 0100", "4155550100", "+1415555010x"] {
        let expect = "default.label_phone is not a number in E.164 form";
        refused(&json!({"default": {"label_phone": phone}}).to_string(), expect);
    }
    refused(r#"{"expire_personal_data_days": 0}"#, "expire_personal_data_days is not a number of days");
    refused(r#"{"allowed_shops": ["7495", " "]}"#, "allowed_shops is not a list of shop ids");
    let twice = r#"{"default": {"recipients": [{"id": "a"}, {"id": "a"}]}}"#;
    refused(twice, "default.recipients[1].id is not different from those before it");
}

#[test]
fn without_a_list_every_shop_is_allowed_and_with_one_only_those_on_it() {
    let allows = |json: &str| AllSettings::read(json).unwrap().allows(&ShopId::new("7495"));
    assert!(allows("{}"));
    assert!(allows(r#"{"allowed_shops": ["1", "7495"]}"#));
    assert!(!allows(r#"{"allowed_shops": ["1"]}"#));
    assert!(!allows(r#"{"allowed_shops": []}"#), "an empty list is a list");
}

#[test]
fn what_does_not_fit_is_named_by_its_place() {
    refused("{\n \"secret\": 1}", "invalid settings at line 2, column ");
    refused(
        "{\"default\": {\"recipients\":\n[{\"id\": \"a\", \"sms_consent\": \"secret\"}]}}",
        "invalid settings at line 2",
    );
    for odd in [
        json!({"language": "secret"}),
        json!({"channels": ["secret"]}),
        json!({"phone": 4155550100_u64}),
        json!({"secret": true}),
        json!({"quiet": {"from": "secret", "to": "07:00", "zone": "UTC"}}),
        json!({"quiet": {"from": "22:00", "to": "07:00"}}),
    ] {
        refused(&with(odd), "invalid settings at line 1");
    }
}

#[test]
fn settings_are_read_and_stored() {
    assert_eq!(AllSettings::read("{}").unwrap(), AllSettings::default());
    let json = json!({
        "default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]},
        "shops": {"7495": {
            "recipients": [{
                "id": "wei", "name": "伟", "language": "zh", "phone": "+8613800138000", "channels": ["sms"],
                "quiet": {"from": "22:00", "to": "08:00", "zone": "Asia/Shanghai"}, "sms_consent": "2026-11-01"
            }],
            "cancellation": "ship", "list_url": "https://lists.example/7495?key=x"
        }},
        "expire_personal_data_days": 30
    });
    let settings = AllSettings::read(&json.to_string()).unwrap();
    assert_eq!(settings.expire_personal_data_days, Some(30));
    let shop = settings.for_shop(&ShopId::new("7495"));
    assert_eq!(shop.cancellation, CancellationPolicy::Ship);
    assert_eq!(shop.list_url.as_deref(), Some("https://lists.example/7495?key=x"));
    let wei = &shop.recipients[0];
    assert_eq!((wei.language, wei.language.code()), (Language::Chinese, "zh"));
    assert_eq!(channels(wei), [Channel::Sms]);
    let other = settings.for_shop(&ShopId::new("1"));
    assert_eq!(other.cancellation, CancellationPolicy::Stop);
    // A number without consent is no mistake: it is not used.
    assert_eq!(channels(&other.recipients[0]), [Channel::Email]);
    let stored = serde_json::to_string(&settings).unwrap();
    assert_eq!(AllSettings::read(&stored).unwrap(), settings);
    let shown = format!("{settings:?}");
    for secret in ["ann@example.com", "+86138", "伟"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
