//! The words of an alarm: short, plain, in the recipient's language, without personal data.

mod chinese;
mod english;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::alarm::{Alarm, AlarmLevel};
use crate::recipient::{Channel, Language};

/// How many orders an e-mail names.
const NAMED: usize = 50;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmText {
    /// One line, for an e-mail.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// The words of `alarm` over `channel` in `language`; instants are shown in `zone`, and `list` is the address of the
/// list of orders.
pub fn alarm_text(
    alarm: &Alarm,
    channel: Channel,
    language: Language,
    zone: &TimeZone,
    list: Option<&str>,
) -> AlarmText {
    let count = alarm.orders.len();
    let shop = alarm.shop.as_str();
    let what = match language {
        Language::English => english::headline(alarm.kind, count),
        Language::Chinese => chinese::headline(alarm.kind, count),
    };
    let first = alarm.first_deadline.map(|at| moment(at, zone));
    let subject = match language {
        Language::English => format!("Punctual: {what}, shop {shop}"),
        Language::Chinese => format!("Punctual：店铺 {shop}，{what}"),
    };
    let mut text = match language {
        Language::English => format!("Punctual: shop {shop}: {what}."),
        Language::Chinese => format!("Punctual：店铺 {shop}：{what}。"),
    };
    if let Some(first) = first {
        text += &match language {
            Language::English => format!(" First deadline {first}."),
            Language::Chinese => format!("最早截止时间 {first}。"),
        };
    }
    match channel {
        Channel::Call => {}
        Channel::Sms => {
            if let Some(list) = list {
                text += &format!(" {list}");
            }
        }
        Channel::Email => {
            text += "\n\n";
            text += &causes(alarm, language);
            text += match language {
                Language::English => english::advice(alarm.kind),
                Language::Chinese => chinese::advice(alarm.kind),
            };
            text.push('\n');
            for order in alarm.orders.iter().take(NAMED) {
                text += &format!("\n{order}");
            }
            if count > NAMED {
                text += &match language {
                    Language::English => format!("\nand {} more", count - NAMED),
                    Language::Chinese => format!("\n另有 {} 单", count - NAMED),
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

/// Date, time and zone, as in "2026-11-24 23:59 PST".
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// Why, as far as it is known: a line for each cause. The causes are in English in every language: they hold the words
/// of carriers and of TikTok.
fn causes(alarm: &Alarm, language: Language) -> String {
    let mut text = String::new();
    for cause in &alarm.causes {
        text += &match (language, alarm.orders.len()) {
            // One cause of all, or of the shop.
            (Language::English, orders) if cause.orders >= orders => format!("Why: {}\n", cause.what),
            (Language::Chinese, orders) if cause.orders >= orders => format!("原因：{}\n", cause.what),
            (Language::English, _) => format!("Why, {} of them: {}\n", cause.orders, cause.what),
            (Language::Chinese, _) => format!("其中 {} 单的原因：{}\n", cause.orders, cause.what),
        };
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn hours(level: AlarmLevel) -> i64 {
    level.before().as_hours()
}
