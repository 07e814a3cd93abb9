//! The words of an alarm: short, plain, in the recipient's language, without personal data.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::alarm::{Alarm, AlarmKind, Level};
use crate::exception::ExceptionKind;
use crate::recipient::{Channel, Language};

/// How many orders an e-mail names.
const NAMED: usize = 50;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line, for an e-mail.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// The words of `alarm` over `channel` in `language`; instants are shown in `zone`, and `list` is the address of the
/// list of orders.
pub fn words(
    alarm: &Alarm,
    channel: Channel,
    language: Language,
    zone: &TimeZone,
    list: Option<&str>,
) -> Words {
    let count = alarm.orders.len();
    let shop = alarm.shop.as_str();
    let what = match language {
        Language::English => english(alarm.kind, count),
        Language::Chinese => chinese(alarm.kind, count),
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
            text += remedy(alarm.kind, language);
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
    Words { subject, text }
}

/// Date, time and zone, as in "2026-11-24 23:59 PST".
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

fn english(kind: AlarmKind, count: usize) -> String {
    let orders = match count {
        1 => "1 order".to_owned(),
        _ => format!("{count} orders"),
    };
    let has = if count == 1 { "has" } else { "have" };
    match kind {
        AlarmKind::Dispatch(level) => {
            format!("{orders} must be shipped within {} hours", hours(level))
        }
        AlarmKind::Exception(kind) => match kind {
            ExceptionKind::DispatchMissed => format!("{orders} missed the dispatch deadline"),
            ExceptionKind::NotLabelled => format!("{orders} paid 48 hours ago {has} no label"),
            ExceptionKind::NotScanned => {
                format!("{orders} {has} no carrier scan 6 hours before the collection deadline")
            }
            ExceptionKind::ParcelSilent => format!("no tracking event for 72 hours: {orders}"),
            ExceptionKind::BuyerPresses => format!("buyers ask for shipment: {orders}"),
            ExceptionKind::BuyerWantsToCancel | ExceptionKind::CancelRequested => {
                format!("buyers ask to cancel: {orders}")
            }
            ExceptionKind::CancelAnswerDue => format!("the answer to a request to cancel is due: {orders}"),
            ExceptionKind::OutOfStock => format!("out of stock: {orders}"),
            ExceptionKind::AddressUndeliverable
            | ExceptionKind::AddressIncomplete
            | ExceptionKind::AddressMismatch => format!("bad address: {orders}"),
            ExceptionKind::PurchaseUnknown => {
                format!("it is not known whether a label was bought: {orders}")
            }
            ExceptionKind::UploadRefused => format!("TikTok refused the tracking number: {orders}"),
            ExceptionKind::ShopAuthorization => "the shop has to be connected again".to_owned(),
            ExceptionKind::AuthorizationEnding => "the authorisation ends soon".to_owned(),
            ExceptionKind::TokenRefreshFailing => "the tokens can't be renewed".to_owned(),
            ExceptionKind::ShopSilent => "no order for much longer than usual".to_owned(),
            ExceptionKind::WebhooksMissed => "TikTok's webhooks do not arrive".to_owned(),
            ExceptionKind::SearchUnreliable => "TikTok's search may not show every order".to_owned(),
            ExceptionKind::DeadLetters => "messages were given up".to_owned(),
            other => format!("{}: {orders}", other.name().replace('_', " ")),
        },
    }
}

fn chinese(kind: AlarmKind, count: usize) -> String {
    match kind {
        AlarmKind::Dispatch(level) => format!("{count} 单须在 {} 小时内发货", hours(level)),
        AlarmKind::Exception(kind) => match kind {
            ExceptionKind::DispatchMissed => format!("{count} 单已超过发货截止时间"),
            ExceptionKind::NotLabelled => format!("{count} 单付款 48 小时后仍无面单"),
            ExceptionKind::NotScanned => format!("{count} 单距揽收截止不足 6 小时，承运商仍未扫描"),
            ExceptionKind::ParcelSilent => format!("{count} 单 72 小时无物流更新"),
            ExceptionKind::BuyerPresses => format!("{count} 单买家催发货"),
            ExceptionKind::BuyerWantsToCancel | ExceptionKind::CancelRequested => {
                format!("{count} 单买家要求取消")
            }
            ExceptionKind::CancelAnswerDue => format!("{count} 单取消申请须尽快答复"),
            ExceptionKind::OutOfStock => format!("{count} 单缺货"),
            ExceptionKind::AddressUndeliverable
            | ExceptionKind::AddressIncomplete
            | ExceptionKind::AddressMismatch => format!("{count} 单地址有误"),
            ExceptionKind::PurchaseUnknown => format!("{count} 单面单购买结果不明"),
            ExceptionKind::UploadRefused => format!("{count} 单运单号被 TikTok 拒绝"),
            ExceptionKind::ShopAuthorization => "店铺授权已失效，须重新授权".to_owned(),
            ExceptionKind::AuthorizationEnding => "店铺授权即将到期".to_owned(),
            ExceptionKind::TokenRefreshFailing => "店铺令牌无法刷新".to_owned(),
            ExceptionKind::ShopSilent => "长时间没有新订单，远超平常".to_owned(),
            ExceptionKind::WebhooksMissed => "收不到 TikTok 的消息推送".to_owned(),
            ExceptionKind::SearchUnreliable => "TikTok 订单查询可能不完整".to_owned(),
            ExceptionKind::DeadLetters => "有消息多次处理失败".to_owned(),
            other => format!("{count} 单异常（{}）", other.name()),
        },
    }
}

fn hours(level: Level) -> i64 {
    level.before().as_hours()
}

/// What can be done about it.
fn remedy(kind: AlarmKind, language: Language) -> &'static str {
    match (kind, language) {
        (AlarmKind::Dispatch(_), Language::English) => {
            "Ship them, or see in the list why they wait. Acknowledge an order to hear no more of its deadline."
        }
        (AlarmKind::Dispatch(_), Language::Chinese) => {
            "请尽快发货，或在列表中查看滞留原因。确认订单后不再提醒其截止时间。"
        }
        (AlarmKind::Exception(kind), Language::English) => kind.remedy(),
        (AlarmKind::Exception(_), Language::Chinese) => "请在列表中查看原因和处理办法。",
    }
}
