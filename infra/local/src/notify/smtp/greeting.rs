//! The name by which a mail server is greeted (RFC 5321, 4.1.1.1). Many servers refuse a name that is not fully qualified.

use config::{ConfigError, Lookup, SMTP_HELO};
use lettre::message::Mailbox;
use lettre::transport::smtp::extension::ClientId;

/// Top-level names that mean nothing outside a private network.
const PRIVATE_SUFFIXES: [&str; 9] =
    ["local", "localdomain", "localhost", "internal", "lan", "home", "corp", "arpa", "invalid"];

/// `PUNCTUAL_SMTP_HELO`; else the name of this machine, if it is fully qualified; else the domain of the sender.
///
/// # Errors
/// When the variable is not a host name.
pub(super) fn name(
    lookup: Lookup<'_>,
    machine: Option<String>,
    from: &Mailbox,
) -> Result<String, ConfigError> {
    if let Some(name) = SMTP_HELO.value(lookup) {
        let name = name.trim().to_owned();
        let is_name =
            has_valid_labels(&name) || (name.starts_with('[') && name.ends_with(']') && name.is_ascii());
        return match is_name {
            true => Ok(name),
            false => Err(SMTP_HELO.malformed("a host name, such as mail.example.com")),
        };
    }
    Ok(machine.filter(|name| is_fully_qualified(name)).unwrap_or_else(|| ascii(from.email.domain())))
}

/// The name of this machine.
pub(super) fn machine() -> Option<String> {
    match ClientId::default() {
        ClientId::Domain(name) => Some(name),
        _ => None,
    }
}

/// True for a name that is valid outside a private network.
fn is_fully_qualified(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.')
        && has_valid_labels(name)
        && !PRIVATE_SUFFIXES.contains(&last.to_ascii_lowercase().as_str())
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_valid_labels(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// An international domain in its ASCII form.
fn ascii(domain: &str) -> String {
    let url = reqwest::Url::parse(&format!("http://{domain}")).ok();
    url.as_ref().and_then(|url| url.host_str()).unwrap_or(domain).to_owned()
}

#[cfg(test)]
mod tests {
    use super::name;

    #[track_caller]
    fn check(setting: Option<&str>, machine: Option<&str>, from: &str, expect: Result<&str, &str>) {
        let from = from.parse().unwrap();
        let named = name(&|_| setting.map(str::to_owned), machine.map(str::to_owned), &from);
        let named = named.map_err(|error| error.to_string());
        assert_eq!(named, expect.map(str::to_owned).map_err(str::to_owned), "{setting:?} {machine:?}");
    }

    #[test]
    fn the_greeting_is_a_fully_qualified_name() {
        let from = "alerts@shop.example";
        check(None, Some("box.shop.example"), from, Ok("box.shop.example"));
        for short in
            ["box", "", "box.local", "ip-10-0-0-1.ec2.internal", "my_box.shop.example", "10.0.0.7", "a..b"]
        {
            check(None, Some(short), from, Ok("shop.example"));
        }
        check(None, None, from, Ok("shop.example"));
        check(None, None, "Ann <alerts@bücher.example>", Ok("xn--bcher-kva.example"));
    }

    #[test]
    fn a_setting_comes_first_and_must_be_a_name() {
        let (machine, from) = (Some("box.shop.example"), "alerts@shop.example");
        check(Some(" mail.example.com "), machine, from, Ok("mail.example.com"));
        check(Some("[192.0.2.1]"), machine, from, Ok("[192.0.2.1]"));
        check(Some("relay"), machine, from, Ok("relay"));
        for odd in ["mail example", "mail.example\r\nRSET", "a@b.example", "-a.example"] {
            let expect = "PUNCTUAL_SMTP_HELO is not a host name, such as mail.example.com";
            check(Some(odd), machine, from, Err(expect));
        }
    }
}
