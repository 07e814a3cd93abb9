//! What a buyer's messages ask for, order by order.

use std::collections::BTreeMap;

use domain::buyer_intent::BuyerIntent;
use domain::exception::ExceptionKind;
use domain::{OrderId, Timestamp};

use crate::recent::JudgedMessage;

/// Something that the buyer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuyerRequest {
    /// The exception that it opens.
    pub(crate) kind: ExceptionKind,
    /// When the buyer last asked.
    pub(crate) at: Timestamp,
    wording: Wording,
}

/// How a request is put to people: "The buyer {verb} in the chat on {day} {what}." It quotes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wording {
    verb: &'static str,
    what: &'static str,
}

impl BuyerRequest {
    /// The request in a message of this intent. `None` for a message that asks for nothing of ours.
    fn of(intent: BuyerIntent, at: Timestamp) -> Option<Self> {
        let (kind, verb, what) = match intent {
            BuyerIntent::AsksWhereOrderIs => {
                (ExceptionKind::BuyerAsksWhereOrderIs, "asked", "when the order ships")
            }
            BuyerIntent::AsksToCancel => (ExceptionKind::BuyerWantsToCancel, "asked", "to cancel"),
            BuyerIntent::CorrectsAddress => {
                (ExceptionKind::BuyerReportsWrongAddress, "said", "that the address is wrong")
            }
            BuyerIntent::Other => return None,
        };
        Some(Self { kind, at, wording: Wording { verb, what } })
    }

    /// The detail of the exception.
    pub(crate) fn detail(&self) -> String {
        let Wording { verb, what } = self.wording;
        format!("The buyer {verb} in the chat on {} {what}.", self.at.strftime("%Y-%m-%d %H:%M UTC"))
    }
}

/// What the buyer asks for each of the orders that wait: those whose numbers a message names, or else all of them.
/// `recent` has the newest message first.
pub(crate) fn requests_by_order(
    recent: &[JudgedMessage],
    waiting: &[OrderId],
) -> BTreeMap<OrderId, Vec<BuyerRequest>> {
    let mut requests: BTreeMap<OrderId, Vec<BuyerRequest>> = BTreeMap::new();
    for message in recent {
        let Some(request) = BuyerRequest::of(message.intent, message.at) else { continue };
        let names_order = waiting.iter().any(|order| message.numbers.contains(order));
        for order in waiting.iter().filter(|order| !names_order || message.numbers.contains(order)) {
            let of_order = requests.entry(order.clone()).or_default();
            if of_order.iter().all(|known| known.kind != request.kind) {
                of_order.push(request.clone());
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use domain::exception::ExceptionKind;
    use domain::{MessageId, OrderId, Timestamp};

    use super::requests_by_order;
    use crate::recent::JudgedMessage;

    fn said(minutes: i64, text: &str) -> JudgedMessage {
        let at = Timestamp::from_second(1_795_521_600 + 60 * minutes).unwrap();
        JudgedMessage::new(MessageId::new(minutes.to_string()), at, text)
    }

    /// Order, exception and minute of the last message that asks for it.
    fn of(recent: &[JudgedMessage], waiting: &[&str]) -> Vec<(String, ExceptionKind, i64)> {
        let waiting: Vec<OrderId> = waiting.iter().map(|id| OrderId::new(*id)).collect();
        let flat = requests_by_order(recent, &waiting).into_iter().flat_map(|(order, requests)| {
            requests
                .into_iter()
                .map(move |one| (order.to_string(), one.kind, (one.at.as_second() - 1_795_521_600) / 60))
        });
        flat.collect()
    }

    #[test]
    fn a_message_is_about_the_orders_that_it_names_or_about_all() {
        use ExceptionKind::{BuyerAsksWhereOrderIs, BuyerWantsToCancel};
        let recent = [
            said(9, "When will you ship order #576461413038785752?"),
            said(8, "Where is my order?"),
            said(7, "please cancel my order 576461413038785753"),
            said(6, "Thanks, have a nice day"),
        ];
        let (first, second) = ("576461413038785752", "576461413038785753");
        let expect = [
            (first.to_owned(), BuyerAsksWhereOrderIs, 9),
            (second.to_owned(), BuyerAsksWhereOrderIs, 8),
            (second.to_owned(), BuyerWantsToCancel, 7),
        ];
        assert_eq!(of(&recent, &[first, second]), expect);
        assert_eq!(of(&recent, &[]), []);
    }

    #[test]
    fn a_number_that_only_contains_an_order_does_not_name_it() {
        let recent = [said(1, "where is my order, my phone is 5764614130387857521")];
        let named = of(&recent, &["576461413038785752", "7"]);
        assert_eq!(named.len(), 2, "it is about all");
    }

    #[test]
    fn no_detail_quotes_the_buyer() {
        let recent = [said(0, "Wo bleibt das, where is my order, sincerely Ann Example")];
        let all = requests_by_order(&recent, &[OrderId::new("1")]);
        let detail = all[&OrderId::new("1")][0].detail();
        assert_eq!(detail, "The buyer asked in the chat on 2026-11-24 12:00 UTC when the order ships.");
    }
}
