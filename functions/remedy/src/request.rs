//! The request and its parsing. An error names the field that cannot be used and never quotes it: it may hold what a person
//! wrote.

use domain::remedy::{Remedy, RemedyKind};
use domain::{OrderId, ShopId};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The most orders of one request.
pub const ORDERS_MAX: usize = 500;

/// A remedy for orders of a shop. As JSON: `{"shop": "7495…", "orders": ["5801…"], "remedy": {"action": "retry"}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemedyRequest {
    pub shop: ShopId,
    /// The orders, 1 to [`ORDERS_MAX`].
    pub orders: Vec<OrderId>,
    pub remedy: Remedy,
}

/// A request that cannot be used: the field, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is not {expected}")]
pub struct InvalidRequest {
    /// The field, for example `remedy.reason`.
    pub field: &'static str,
    pub expected: &'static str,
}

impl RemedyRequest {
    /// Checks the number of orders.
    pub(crate) fn check(&self) -> Result<(), InvalidRequest> {
        match self.orders.len() {
            1..=ORDERS_MAX => Ok(()),
            _ => Err(InvalidRequest { field: "orders", expected: "a list of 1 to 500 orders" }),
        }
    }
}

impl TryFrom<Value> for RemedyRequest {
    type Error = InvalidRequest;

    fn try_from(request: Value) -> Result<Self, InvalidRequest> {
        let mut fields = Fields::of(request, "the request")?;
        let shop: String = fields.take("shop", "shop", "a shop's id")?;
        let orders: Vec<String> = fields.take("orders", "orders", "a list of order ids")?;
        if shop.is_empty() {
            return Err(InvalidRequest { field: "shop", expected: "a shop's id" });
        }
        if orders.iter().any(String::is_empty) {
            return Err(InvalidRequest { field: "orders", expected: "a list of order ids" });
        }
        let remedy: Value = fields.take("remedy", "remedy", "an object")?;
        Ok(Self {
            shop: ShopId::new(shop),
            orders: orders.into_iter().map(OrderId::new).collect(),
            remedy: remedy_of(Fields::of(remedy, "remedy")?)?,
        })
    }
}

fn remedy_of(mut fields: Fields) -> Result<Remedy, InvalidRequest> {
    let action: String = fields.take("action", "remedy.action", "the name of a remedy")?;
    let name = RemedyKind::from_name(&action)
        .ok_or(InvalidRequest { field: "remedy.action", expected: "the name of a remedy" })?;
    Ok(match name {
        RemedyKind::MessageBuyer => {
            Remedy::MessageBuyer { text: fields.take("text", "remedy.text", "a text")? }
        }
        RemedyKind::CancelAndRefund => {
            let expected = "out_of_stock, wrong_price, address_undeliverable or buyer_requested";
            Remedy::CancelAndRefund { reason: fields.take("reason", "remedy.reason", expected)? }
        }
        RemedyKind::ApproveCancellation => Remedy::ApproveCancellation,
        RemedyKind::RefuseCancellation => Remedy::RefuseCancellation {
            reason: fields.take("reason", "remedy.reason", "a text")?,
            comment: fields.take("comment", "remedy.comment", "a text")?,
        },
        RemedyKind::CorrectAddress => {
            let expected = "an address: name, street1, city, state, postal_code, country; company, street2, phone may be left out";
            Remedy::CorrectAddress { address: fields.take("address", "remedy.address", expected)? }
        }
        RemedyKind::ConfirmAddress => Remedy::ConfirmAddress,
        RemedyKind::Hold => Remedy::Hold,
        RemedyKind::Release => Remedy::Release,
        RemedyKind::Retry => Remedy::Retry,
        RemedyKind::Rerate => Remedy::Rerate,
        RemedyKind::Void => Remedy::Void,
        RemedyKind::MarkUrgent => Remedy::MarkUrgent,
        RemedyKind::UnmarkUrgent => Remedy::UnmarkUrgent,
        RemedyKind::RuleOutPurchase => Remedy::RuleOutPurchase,
        RemedyKind::AskCarrier => Remedy::AskCarrier,
        RemedyKind::Acknowledge => Remedy::Acknowledge,
    })
}

/// The fields of an object. Unknown ones are ignored.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(value: Value, field: &'static str) -> Result<Self, InvalidRequest> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(InvalidRequest { field, expected: "an object" }),
        }
    }

    /// Takes `name` out, with null for an absent one. `field` is its path, for the error.
    fn take<T: DeserializeOwned>(
        &mut self,
        name: &str,
        field: &'static str,
        expected: &'static str,
    ) -> Result<T, InvalidRequest> {
        let value = self.0.remove(name).unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|_| InvalidRequest { field, expected })
    }
}

#[cfg(test)]
mod tests {
    use domain::remedy::{CancelReason, Remedy};
    use serde_json::{Value, json};

    use super::{ORDERS_MAX, RemedyRequest};

    fn read(remedy: Value) -> Result<Remedy, String> {
        let request = json!({ "shop": "7", "orders": ["1", "2"], "remedy": remedy });
        RemedyRequest::try_from(request).map(|request| request.remedy).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_is_written() {
        for remedy in [
            Remedy::MessageBuyer { text: "Hello {order}".into() },
            Remedy::CancelAndRefund { reason: CancelReason::BuyerRequested },
            Remedy::ApproveCancellation,
            Remedy::RefuseCancellation { reason: Some("packed".into()), comment: Some("Sorry".into()) },
            Remedy::RefuseCancellation { reason: None, comment: None },
            Remedy::CorrectAddress { address: domain::address::Address::default() },
            Remedy::ConfirmAddress,
            Remedy::Hold,
            Remedy::MarkUrgent,
            Remedy::UnmarkUrgent,
        ] {
            assert_eq!(read(serde_json::to_value(&remedy).unwrap()), Ok(remedy));
        }
        assert_eq!(
            read(json!({ "action": "refuse_cancellation" })),
            Ok(Remedy::RefuseCancellation { reason: None, comment: None })
        );
    }

    #[test]
    fn names_the_field_and_quotes_nothing() {
        let ann = "Ann Lee, 12 Elm Street";
        for (remedy, field) in [
            (json!(ann), "remedy"),
            (json!({ "action": ann }), "remedy.action"),
            (json!({}), "remedy.action"),
            (json!({ "action": "message_buyer" }), "remedy.text"),
            (json!({ "action": "message_buyer", "text": [ann] }), "remedy.text"),
            (json!({ "action": "cancel_and_refund", "reason": ann }), "remedy.reason"),
            (json!({ "action": "refuse_cancellation", "comment": { ann: 1 } }), "remedy.comment"),
            (json!({ "action": "correct_address", "address": ann }), "remedy.address"),
            (json!({ "action": "correct_address", "address": { "name": ann } }), "remedy.address"),
        ] {
            let error = read(remedy).unwrap_err();
            assert!(error.starts_with(&format!("{field} is not ")) && !error.contains("Ann"), "{error}");
        }
        for (request, field) in [
            (json!([]), "the request"),
            (json!({ "orders": [], "remedy": {} }), "shop"),
            (json!({ "shop": "", "orders": [] }), "shop"),
            (json!({ "shop": "7", "orders": "1" }), "orders"),
            (json!({ "shop": "7", "orders": ["1", ""] }), "orders"),
            (json!({ "shop": "7", "orders": ["1"] }), "remedy"),
        ] {
            assert_eq!(RemedyRequest::try_from(request).unwrap_err().field, field);
        }
    }

    #[test]
    fn accepts_up_to_500_orders() {
        let request = |n: usize| {
            let orders: Vec<String> = (0..n).map(|n| n.to_string()).collect();
            let request = json!({ "shop": "7", "orders": orders, "remedy": { "action": "hold" } });
            RemedyRequest::try_from(request).unwrap().check()
        };
        assert!(request(1).is_ok() && request(ORDERS_MAX).is_ok());
        let error = "orders is not a list of 1 to 500 orders";
        assert_eq!(request(0).unwrap_err().to_string(), error);
        assert_eq!(request(ORDERS_MAX + 1).unwrap_err().to_string(), error);
    }
}
