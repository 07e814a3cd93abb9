//! Everything that people read about an exception or a remedy, in one snapshot a language.

use std::fmt::Write as _;

use domain::alarm::{Alarm, AlarmKind, AlarmLevel, alarm_text};
use domain::exception::ExceptionKind;
use domain::recipient::{Channel, Language};
use domain::remedy::RemedyKind;
use domain::{OrderId, ShopId};
use jiff::tz::TimeZone;

use crate::support::at;

/// The channels and, of an exception, when: after how long, and in which span orders share a message.
fn notified(kind: AlarmKind) -> String {
    let channels: Vec<&str> = kind.channels().iter().map(|channel| channel.name()).collect();
    let channels = channels.join(", ");
    let AlarmKind::Exception(kind) = kind else { return channels };
    match kind.notify_after() {
        None => "nobody".to_owned(),
        Some(after) if after.is_zero() => format!("{channels}, at once, every {:#}", kind.notify_every()),
        Some(after) => format!("{channels}, after {after:#}, every {:#}", kind.notify_every()),
    }
}

/// A kind, what its e-mail says, and what can be done.
fn texts(language: Language) -> String {
    let dispatch = AlarmLevel::ALL.map(AlarmKind::Dispatch);
    let exceptions = ExceptionKind::ALL.iter().copied().map(AlarmKind::Exception);
    let mut texts = String::new();
    for kind in dispatch.into_iter().chain(exceptions) {
        let mut alarm = Alarm::new(ShopId::new("7495"), kind, Vec::new(), at(0));
        alarm.orders = vec![OrderId::new("5770")];
        let mail = alarm_text(&alarm, Channel::Email, language, &TimeZone::UTC, None);
        let advice = mail.text.lines().nth(2).unwrap();
        writeln!(texts, "{} [{}]\n  {}\n  {advice}", kind.name(), notified(kind), mail.subject).unwrap();
        if let AlarmKind::Exception(kind) = kind {
            let remedies: Vec<&str> = kind.remedies().iter().map(|remedy| remedy.as_str()).collect();
            writeln!(texts, "  {:?}, {:?}: {}", kind.priority(), kind.facts().ends, remedies.join(", "))
                .unwrap();
        }
    }
    texts
}

#[test]
fn in_english() {
    insta::assert_snapshot!(texts(Language::English));
}

#[test]
fn in_chinese() {
    insta::assert_snapshot!(texts(Language::Chinese));
}

#[test]
fn of_remedies() {
    let help = RemedyKind::ALL.iter().map(|remedy| format!("{remedy}: {}\n", remedy.help()));
    insta::assert_snapshot!(help.collect::<String>());
}
