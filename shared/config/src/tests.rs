use super::{
    Presence, ReadOn, TIKTOK_APP_KEY, TIKTOK_APP_SECRET, TIKTOK_APP_SECRET_FORMER, Variable,
    current_and_former, dispatch_rules, poll_every, poll_overlap, public_url, rate_rules, service_url,
    settings, tiktok, variable,
};

/// The address of a service with one variable, as connectors have it.
static CARRIER_API_URL: Variable = variable(
    "CARRIER_API_URL",
    Presence::DefaultsTo("https://api.carrier.example"),
    ReadOn::Everywhere,
    None,
    "A carrier's API.",
);

#[track_caller]
fn check<T>(
    read: fn(super::Lookup<'_>) -> Result<T, super::ConfigError>,
    name: &str,
    value: &str,
    expect: &str,
) {
    let lookup = |asked: &str| match asked {
        _ if asked == name => Some(value.to_owned()).filter(|value| !value.is_empty()),
        "TIKTOK_APP_SECRET" => Some("hush-hush".to_owned()),
        "TIKTOK_APP_KEY" => Some("key".to_owned()),
        _ => None,
    };
    let error = read(&lookup).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with(expect), "{name}={value}: {error:?}");
    assert!(!error.contains("hush-hush"));
}

#[test]
fn names_the_variable_and_shows_no_value() {
    check(tiktok, "TIKTOK_APP_KEY", "", "TIKTOK_APP_KEY is not set");
    check(tiktok, "TIKTOK_APP_SECRET", "", "TIKTOK_APP_SECRET is not set");
    check(tiktok, "TIKTOK_API_URL", "ftp://secret", "TIKTOK_API_URL is not an https URL");
    check(|lookup| TIKTOK_APP_KEY.required(lookup), "TIKTOK_APP_KEY", "", "TIKTOK_APP_KEY is not set");
    check(
        |lookup| service_url(lookup, &CARRIER_API_URL),
        "CARRIER_API_URL",
        "nowhere",
        "CARRIER_API_URL is not an https URL",
    );
    let expect = "PUNCTUAL_POLL_SECONDS is not a number of seconds, 1 or more";
    check(poll_every, "PUNCTUAL_POLL_SECONDS", "0", expect);
    let expect = "PUNCTUAL_POLL_OVERLAP_SECONDS is not a number of seconds from 60 to 86400";
    for value in ["0", "59", "86401", "-5", "10m"] {
        check(poll_overlap, "PUNCTUAL_POLL_OVERLAP_SECONDS", value, expect);
    }
    check(
        rate_rules,
        "PUNCTUAL_RATE_RULES",
        "/no/such/file",
        "PUNCTUAL_RATE_RULES is not a file that can be read",
    );
    check(rate_rules, "PUNCTUAL_RATE_RULES", "{}", "PUNCTUAL_RATE_RULES is not a file with rate rules");
}

#[test]
fn rate_rules_that_allow_no_label_are_refused() {
    let rules = |minor: i64, always: i64| {
        format!(
            r#"{{"tolerance_percent": 5, "tolerance_minor": 50, "max_cost":
            {{"minor": {minor}, "percent_of_value": 100, "always_minor": {always}}}}}"#
        )
    };
    let expect = "PUNCTUAL_RATE_RULES is not a file with a max_cost that allows something";
    for (minor, always) in [(0, 0), (-1, 0), (10_000, -1)] {
        check(rate_rules, "PUNCTUAL_RATE_RULES", &rules(minor, always), expect);
    }
    let given = rate_rules(&|_| Some(rules(1, 0))).unwrap();
    assert_eq!((given.max_cost.minor, given.max_cost.always_minor), (1, 0));
}

#[test]
fn secrets_go_over_https_or_stay_on_this_machine() {
    let url = |name: &'static str, value: &str, emulated: bool| {
        let lookup = |asked: &str| match asked {
            _ if asked == name => Some(value.to_owned()),
            "AWS_ENDPOINT_URL" => emulated.then(|| "http://10.0.0.5:4566".to_owned()),
            "TIKTOK_SERVICE_ID" => Some("73".to_owned()),
            "TIKTOK_APP_KEY" | "TIKTOK_APP_SECRET" => Some("key".to_owned()),
            _ => None,
        };
        match name {
            "CARRIER_API_URL" => service_url(&lookup, &CARRIER_API_URL),
            "PUNCTUAL_PUBLIC_URL" => public_url(&lookup).map(Option::unwrap_or_default),
            "TIKTOK_API_URL" => tiktok(&lookup).map(|config| config.api_url),
            "TIKTOK_AUTH_URL" => tiktok(&lookup).map(|config| config.auth_url),
            _ => tiktok(&lookup).map(|config| config.consent_url.replace("?service_id=73", "")),
        }
    };
    let names =
        ["TIKTOK_API_URL", "TIKTOK_AUTH_URL", "TIKTOK_CONSENT_URL", "CARRIER_API_URL", "PUNCTUAL_PUBLIC_URL"];
    for name in names {
        for good in ["https://a.example", "http://127.0.0.1:8", "http://localhost:8", "http://[::1]:8/x"] {
            assert_eq!(url(name, good, false).unwrap(), good, "{name}");
        }
        for bad in [
            "http://a.example",
            "http://127.0.0.1.a.example",
            "http://localhost.a.example:8",
            "http://10.0.0.1",
            "http://a@b.example",
        ] {
            let error = url(name, bad, false).unwrap_err().to_string();
            let expect = format!("{name} is not an https URL, or an http URL on this machine");
            assert_eq!(error, expect, "{bad}");
            assert_eq!(url(name, bad, true).unwrap(), bad, "{name}: AWS is emulated");
        }
        let odd = url(name, "http://id.execute-api.127.0.0.1:4566", true);
        assert_eq!(odd.is_ok(), name == "PUNCTUAL_PUBLIC_URL", "{name}");
        assert!(url(name, "ftp://127.0.0.1", true).is_err());
    }
}

#[test]
fn polls_overlap_by_ten_minutes_by_default() {
    assert_eq!(poll_overlap(&|_| None).unwrap().as_mins(), 10);
    assert_eq!(poll_overlap(&|_| Some(" 1800 ".to_owned())).unwrap().as_mins(), 30);
}

#[test]
fn dispatch_rules_name_what_is_wrong() {
    const NAME: &str = "PUNCTUAL_DISPATCH_RULES";
    check(dispatch_rules, NAME, "/no/such/file", "PUNCTUAL_DISPATCH_RULES is not a file that can be read");
    check(dispatch_rules, NAME, "{}", "PUNCTUAL_DISPATCH_RULES is not a file with dispatch rules");
    let rules = r#"{"rules": [], "holidays": {"usa": {"source": "", "dates": []}}}"#;
    let expect = "PUNCTUAL_DISPATCH_RULES is not a file with dispatch rules (holidays of \"usa\": market ";
    check(dispatch_rules, NAME, rules, expect);
}

#[test]
fn rules_may_be_given_as_they_are() {
    let default = serde_json::to_string(&domain::rates::RateRules::built_in().unwrap()).unwrap();
    let rules = rate_rules(&|_| Some(format!(" {default}"))).unwrap();
    assert_eq!(serde_json::to_string(&rules).unwrap(), default);
    let none = dispatch_rules(&|_| Some(r#" {"rules": []}"#.to_owned())).unwrap();
    assert_ne!(none, domain::deadline::DispatchRules::built_in().unwrap());
    assert_eq!(dispatch_rules(&|_| None).unwrap(), domain::deadline::DispatchRules::built_in().unwrap());
}

#[test]
fn settings_come_from_a_file_or_as_they_are() {
    assert_eq!(settings(&|_| None).unwrap(), domain::settings::AllSettings::default());
    let json = r#" {"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
    let given = settings(&|_| Some(json.to_owned())).unwrap();
    assert_eq!(given.default.recipients[0].id.as_str(), "ann");
    let file = std::env::temp_dir().join(format!("punctual-settings-{}.json", std::process::id()));
    std::fs::write(&file, json).unwrap();
    let read = settings(&|_| file.to_str().map(str::to_owned));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(read.unwrap(), given);
}

#[test]
fn settings_that_can_t_be_used_are_named() {
    let name = "PUNCTUAL_SETTINGS";
    check(settings, name, "/no/such/file", "PUNCTUAL_SETTINGS is not a file that can be read");
    let phone = r#"{"default": {"recipients": [{"id": "ann", "phone": "hush-hush"}]}}"#;
    let expect = "PUNCTUAL_SETTINGS is not a file with settings (default.recipients[0].phone is not a number";
    check(settings, name, phone, expect);
    let place = "PUNCTUAL_SETTINGS is not a file with settings (invalid settings at line 1, column 13)";
    check(settings, name, r#"{ "hush-hush": 1}"#, place);
}

#[test]
fn defaults_are_the_real_services() {
    let config = tiktok(&|name| name.starts_with("TIKTOK_APP").then(|| "hush-hush".to_owned())).unwrap();
    assert_eq!(config.api_url, "https://open-api.tiktokglobalshop.com");
    assert_eq!(config.auth_url, "https://auth.tiktok-shops.com");
    assert!(!format!("{:?}", config.app_secret).contains("hush-hush"));
    assert_eq!(service_url(&|_| None, &CARRIER_API_URL).unwrap(), "https://api.carrier.example");
    let config = tiktok(&|name| match name {
        "TIKTOK_SERVICE_ID" => Some("73".to_owned()),
        "TIKTOK_APP_KEY" | "TIKTOK_APP_SECRET" => Some("key".to_owned()),
        _ => None,
    });
    let expected = "https://services.us.tiktokshop.com/open/authorize?service_id=73";
    assert_eq!(config.unwrap().consent_url, expected);
}

#[test]
fn a_former_secret_counts_beside_a_current_one_only() {
    let secrets = |set: &[(&str, &str)]| -> Vec<String> {
        let lookup =
            |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let found = current_and_former(&lookup, &TIKTOK_APP_SECRET.name);
        found.iter().map(|secret| secret.expose().clone()).collect()
    };
    let former = (TIKTOK_APP_SECRET_FORMER.name.as_ref(), "old");
    assert_eq!(secrets(&[("TIKTOK_APP_SECRET", "new"), former]), ["new", "old"]);
    assert_eq!(secrets(&[("TIKTOK_APP_SECRET", "new")]), ["new"]);
    assert!(secrets(&[former]).is_empty());
    let name = format!("{TIKTOK_APP_SECRET}_FORMER");
    assert_eq!(name, TIKTOK_APP_SECRET_FORMER.name, "the name that is looked up is in the list");
}
