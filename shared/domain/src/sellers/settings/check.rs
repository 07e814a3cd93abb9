//! Rejects impossible settings at start-up, rather than failing later when an alarm is sent.

use std::collections::BTreeSet;

use super::{AllSettings, Settings, SettingsError};
use crate::customs::{Customs, DESCRIPTION_CHARS_MAX, ProductDeclaration};
use crate::recipient::Recipient;
use crate::zone::zone_by_name;

/// Ids are shown in logs, and are part of message ids and filters.
const ID_CHARS_MAX: usize = 64;
/// "The maximum number of digits is 15" (E.164); the shortest numbers in use have seven, country code included.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A field that can't be used, and what was expected.
type FieldProblem = (&'static str, &'static str);

pub(super) fn all(settings: &AllSettings) -> Result<(), SettingsError> {
    if settings.expire_personal_data_days == Some(0) {
        let (field, expected) = ("expire_personal_data_days", "a number of days, 1 or more");
        return Err(SettingsError::Invalid { entry: String::new(), field, expected });
    }
    if settings.allowed_shops.iter().flatten().any(|shop| shop.as_str().trim().is_empty()) {
        let (field, expected) = ("allowed_shops", "a list of shop ids");
        return Err(SettingsError::Invalid { entry: String::new(), field, expected });
    }
    one("default.", &settings.default)?;
    settings.shops.iter().try_for_each(|(shop, of_shop)| one(&format!("shops.{shop}."), of_shop))
}

fn one(entry: &str, settings: &Settings) -> Result<(), SettingsError> {
    if settings.list_url.as_ref().is_some_and(|url| !is_address(url)) {
        let (field, expected) = ("list_url", "an http or https address");
        return Err(SettingsError::Invalid { entry: entry.to_owned(), field, expected });
    }
    if settings.label_phone.as_ref().is_some_and(|phone| !is_phone(phone.expose())) {
        let (field, expected) = ("label_phone", "a number in E.164 form, such as +14155550100");
        return Err(SettingsError::Invalid { entry: entry.to_owned(), field, expected });
    }
    if let Some((entry, (field, expected))) =
        settings.customs.as_ref().and_then(|of| customs_problem(entry, of))
    {
        return Err(SettingsError::Invalid { entry, field, expected });
    }
    let mut ids = BTreeSet::new();
    for (at, recipient) in settings.recipients.iter().enumerate() {
        let problem = match ids.insert(&recipient.id) {
            true => problem(recipient),
            false => Some(("id", "different from those before it")),
        };
        if let Some((field, expected)) = problem {
            let entry = format!("{entry}recipients[{at}].");
            return Err(SettingsError::Invalid { entry, field, expected });
        }
    }
    Ok(())
}

fn problem(recipient: &Recipient) -> Option<FieldProblem> {
    let Recipient { id, email, phone, channels, quiet, .. } = recipient;
    if !is_id(id.as_str()) {
        return Some(("id", "1 to 64 ASCII letters, digits, '-', '_' or '.'"));
    }
    if email.as_ref().is_some_and(|email| !is_email(email.expose())) {
        return Some(("email", "an e-mail address"));
    }
    if phone.as_ref().is_some_and(|phone| !is_phone(phone.expose())) {
        return Some(("phone", "a number in E.164 form, such as +14155550100"));
    }
    if !channels.iter().flatten().all(|channel| recipient.contact(*channel).is_some()) {
        return Some(("channels", "a list of channels for which there is an address"));
    }
    let quiet = quiet.as_ref()?;
    if zone_by_name(&quiet.zone).is_none() {
        return Some(("quiet.zone", "a known time zone, such as America/New_York"));
    }
    (quiet.from == quiet.to).then_some(("quiet.to", "another time than quiet.from"))
}

fn customs_problem(entry: &str, customs: &Customs) -> Option<(String, FieldProblem)> {
    let entry = format!("{entry}customs.");
    let Customs { signer, origin_country, hs_code, non_delivery: _, products } = customs;
    if !is_signer(signer.expose()) {
        return Some((entry, ("signer", "a person's name of 2 to 40 characters")));
    }
    let general = ProductDeclaration {
        description: None,
        origin_country: Some(origin_country.clone()),
        hs_code: hs_code.clone(),
    };
    if let Some(problem) = declaration_problem(&general) {
        return Some((entry, problem));
    }
    products.iter().find_map(|(sku, of)| Some((format!("{entry}products.{sku}."), declaration_problem(of)?)))
}

fn declaration_problem(of: &ProductDeclaration) -> Option<FieldProblem> {
    let is_country = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if of.origin_country.as_ref().is_some_and(|code| !is_country(code)) {
        return Some(("origin_country", "a country's two capital letters, such as CN"));
    }
    if of.hs_code.as_ref().is_some_and(|code| !is_tariff_number(code)) {
        return Some(("hs_code", "a tariff number of 6 to 10 digits, such as 6912.00"));
    }
    let is_description = |text: &String| {
        text.len() <= DESCRIPTION_CHARS_MAX
            && text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
            && text.chars().filter(char::is_ascii_alphabetic).count() >= 3
    };
    let bad = of.description.as_ref().is_some_and(|text| !is_description(text));
    bad.then_some(("description", "a description of up to 35 ASCII characters with at least three letters"))
}

fn is_signer(name: &str) -> bool {
    let chars = name.trim().chars().count();
    (2..=40).contains(&chars) && !name.chars().any(char::is_control) && name.chars().any(char::is_alphabetic)
}

fn is_tariff_number(code: &str) -> bool {
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    (6..=10).contains(&digits) && code.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !id.is_empty() && id.len() <= ID_CHARS_MAX && id.chars().all(plain)
}

fn is_email(email: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    !email.contains(odd)
        && email
            .split_once('@')
            .is_some_and(|(who, domain)| !who.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

fn is_phone(phone: &str) -> bool {
    phone.strip_prefix('+').is_some_and(|digits| {
        PHONE_DIGITS.contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}
