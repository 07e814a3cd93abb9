//! The text of an alarm: short, plain, in the recipient's language, without personal data.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::alarm::{Alarm, AlarmKind};
use crate::recipient::{Channel, Language, TextForm};

/// How many orders an e-mail names.
const NAMED_MAX: usize = 50;

/// What a recipient reads or hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmText {
    /// One line, used by e-mails only.
    pub subject: String,
    pub text: String,
}

/// The text of `alarm` over `channel` in `language`. Times are shown in `zone`, and `list` is the address of the list of
/// orders.
pub fn alarm_text(
    alarm: &Alarm,
    channel: Channel,
    language: Language,
    zone: &TimeZone,
    list: Option<&str>,
) -> AlarmText {
    let count = alarm.orders.len();
    let shop = alarm.shop.as_str();
    let what = headline(alarm.kind, count, language);
    let (subject, mut text) = match language {
        Language::English => {
            (format!("Punctual: {what}, shop {shop}"), format!("Punctual: shop {shop}: {what}."))
        }
        Language::Chinese => {
            (format!("Punctual：店铺 {shop}，{what}"), format!("Punctual：店铺 {shop}：{what}。"))
        }
    };
    if let Some(first) = alarm.first_deadline.map(|at| moment(at, zone)) {
        text += &match language {
            Language::English => format!(" First deadline {first}."),
            Language::Chinese => format!("最早截止时间 {first}。"),
        };
    }
    match channel.text_form() {
        TextForm::Spoken => {}
        TextForm::Short => {
            if let Some(list) = list {
                text += &format!(" {list}");
            }
        }
        TextForm::Full => {
            text += "\n\n";
            text += &causes(alarm, language);
            text += advice(alarm.kind, language);
            text.push('\n');
            for order in alarm.orders.iter().take(NAMED_MAX) {
                text += &format!("\n{order}");
            }
            if count > NAMED_MAX {
                text += &match language {
                    Language::English => format!("\nand {} more", count - NAMED_MAX),
                    Language::Chinese => format!("\n另有 {} 单", count - NAMED_MAX),
                };
            }
            if let Some(list) = list {
                text += &format!("\n\n{list}");
            }
            text.push('\n');
        }
    }
    AlarmText { subject, text }
}

/// What happened, in one line without a full stop. `count` is 0 for an alarm about the shop itself.
fn headline(kind: AlarmKind, count: usize, language: Language) -> String {
    match (kind, language) {
        (AlarmKind::Dispatch(level), Language::English) => {
            format!("{} must be shipped within {} hours", orders(count), level.before().as_hours())
        }
        (AlarmKind::Dispatch(level), Language::Chinese) => {
            format!("{count} 单须在 {} 小时内发货", level.before().as_hours())
        }
        (AlarmKind::Exception(kind), _) if count == 0 => kind.headline(language).to_owned(),
        (AlarmKind::Exception(kind), Language::English) => {
            format!("{}: {}", orders(count), kind.headline(language))
        }
        (AlarmKind::Exception(kind), Language::Chinese) => format!("{count} 单：{}", kind.headline(language)),
    }
}

fn orders(count: usize) -> String {
    match count {
        1 => "1 order".to_owned(),
        _ => format!("{count} orders"),
    }
}

/// What to do about it.
fn advice(kind: AlarmKind, language: Language) -> &'static str {
    match (kind, language) {
        (AlarmKind::Dispatch(_), Language::English) => {
            "Ship them, or check the list for what holds them up. Acknowledge an order to stop the alarms about its deadline."
        }
        (AlarmKind::Dispatch(_), Language::Chinese) => {
            "请尽快发货，或在列表中查看滞留原因。确认订单后不再提醒其截止时间。"
        }
        (AlarmKind::Exception(kind), _) => kind.advice(language),
    }
}

/// Date, time and zone, as in "2026-11-24 23:59 PST".
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// The known causes, one a line. They are in English in every language, because they quote carriers and TikTok.
fn causes(alarm: &Alarm, language: Language) -> String {
    let mut text = String::new();
    for cause in &alarm.causes {
        let shared_by_all = cause.orders >= alarm.orders.len();
        text += &match (language, shared_by_all) {
            (Language::English, true) => format!("Why: {}\n", cause.what),
            (Language::Chinese, true) => format!("原因：{}\n", cause.what),
            (Language::English, false) => format!("Why, for {} of them: {}\n", cause.orders, cause.what),
            (Language::Chinese, false) => format!("其中 {} 单的原因：{}\n", cause.orders, cause.what),
        };
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
