//! The details of an order as text.

use domain::address::Address;
use domain::exception::Priority;
use domain::{OrderId, Timestamp};

use super::details::{ExceptionDetails, OrderDetails, PersonalDetails, RateDecision, ShipmentDetails};
use crate::commands::exceptions::priority_name;
use crate::text::{Table, date_time, moment, one_line};

/// The page, line by line.
pub(super) fn lines(details: &OrderDetails) -> Vec<String> {
    let mut page = Page { now: details.as_of, lines: Vec::new() };
    page.summary(details);
    page.items(details);
    for shipment in &details.shipments {
        page.shipment(shipment);
    }
    page.exceptions(&details.exceptions);
    if let Some(personal) = &details.personal {
        page.personal(personal);
    }
    page.lines
}

struct Page {
    now: Timestamp,
    lines: Vec<String>,
}

impl Page {
    fn heading(&mut self, text: &str) {
        self.lines.extend([String::new(), text.to_owned()]);
    }

    /// A line with a name, unless there is nothing to say.
    fn field(&mut self, name: &str, value: impl Into<Option<String>>) {
        if let Some(value) = value.into().map(|value| one_line(&value)).filter(|value| !value.is_empty()) {
            self.lines.push(format!("  {name:<16} {value}"));
        }
    }

    fn moment(&mut self, name: &str, at: Option<Timestamp>) {
        self.field(name, at.map(|at| moment(at, self.now)));
    }

    fn table(&mut self, table: &Table) {
        self.lines.extend(table.lines().map(|line| format!("  {line}")));
    }

    fn summary(&mut self, details: &OrderDetails) {
        self.lines.push(format!("Order {}", details.order));
        self.field("shop", details.shop.to_string());
        self.field("market", details.market.clone());
        self.field("status at TikTok", String::from(details.status.clone()));
        let stages: Vec<&str> = details.shipments.iter().map(|shipment| shipment.stage.as_str()).collect();
        self.field("stage", stages.join(", "));
        self.moment("created", Some(details.created_at));
        self.moment("paid", details.paid_at);
        self.moment("read from TikTok", Some(details.synced_at));
        if let Some(route) = &details.route {
            self.field("ships with", route.clone());
        }
        let others: Vec<&str> = details.shares_parcel_with.iter().map(OrderId::as_str).collect();
        self.field(
            "in one parcel",
            Some(others.join(", ")).filter(|_| !others.is_empty()).map(|others| format!("with {others}")),
        );
        if let Some(deadline) = &details.deadline {
            self.moment("dispatch by", Some(deadline.at));
            self.field("because", deadline.why.clone());
            if let Some(cancellation) = &deadline.cancellation {
                self.moment("else cancelled", Some(cancellation.at));
            }
        }
        self.field("destination", details.destination.clone());
        self.field("delivery option", details.delivery_option.clone());
        self.field("total", details.total.clone());
        self.field("decided", details.decisions.join(", "));
    }

    fn items(&mut self, details: &OrderDetails) {
        self.heading("Items");
        let mut table = Table::new(&["COUNT", "SKU", "SELLER SKU", "PRICE", "STATUS AT TIKTOK", "PRODUCT"]);
        for item in &details.items {
            table.row([
                item.quantity.to_string(),
                item.sku.clone(),
                item.seller_sku.clone(),
                item.price.clone().unwrap_or_default(),
                item.status.clone().into(),
                format!("{} {}", item.name, item.variation),
            ]);
        }
        self.table(&table);
    }

    fn shipment(&mut self, shipment: &ShipmentDetails) {
        self.heading(&format!("Shipment {}", shipment.shipment));
        let reason = shipment.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        self.field("stage", format!("{}{reason}", shipment.stage));
        self.field("units", shipment.units.to_string());
        self.field("warehouse", shipment.warehouse.clone());
        self.moment("next check", shipment.next_check_at);
        self.field("failing", shipment.outage.clone());
        if let Some(label) = &shipment.label {
            self.field("label", format!("{} for {}", label.service, label.cost));
            self.field("tracking", label.tracking.to_string());
            self.moment("bought", Some(label.bought_at));
            self.field("label file", label.file.clone());
            self.field("hazmat sheet", label.hazmat_sheet.clone());
        }
        self.field("carrier status", shipment.carrier_status.clone());
        for change in &shipment.history {
            self.field("history", format!("{}  {}", date_time(change.at), change.stage));
        }
        if !shipment.purchases.is_empty() {
            self.heading(&format!("Purchases of shipment {}", shipment.shipment));
            let mut table = Table::new(&["SERVICE", "PRICE", "STATE", "ATTEMPTS"]);
            for purchase in &shipment.purchases {
                let attempts = purchase.attempts.to_string();
                table.row([
                    purchase.service.clone(),
                    purchase.price.clone(),
                    purchase.state.clone(),
                    attempts,
                ]);
            }
            self.table(&table);
        }
        if let Some(decision) = &shipment.rate_decision {
            self.heading(&format!("Rate decision of shipment {}", shipment.shipment));
            self.rate_decision(decision);
        }
    }

    fn rate_decision(&mut self, decision: &RateDecision) {
        self.moment("made", Some(decision.at));
        self.field(
            "chosen",
            decision.chosen.clone().unwrap_or_else(|| "none: no rate can be bought".to_owned()),
        );
        self.field("by the rule", decision.rule.clone());
        let mut table = Table::new(&["SERVICE", "PRICE", "ARRIVES", "VERDICT"]);
        for candidate in &decision.candidates {
            table.row([
                candidate.service.clone(),
                candidate.price.clone(),
                candidate.arrives_on.clone().unwrap_or_default(),
                candidate.verdict.clone(),
            ]);
        }
        self.table(&table);
    }

    fn exceptions(&mut self, exceptions: &[ExceptionDetails]) {
        for exception in exceptions {
            let Some(closed_at) = exception.closed_at else {
                self.open_exception(exception, exception.priority);
                continue;
            };
            self.heading(&format!("Closed exception {}", exception.kind));
            self.moment("opened", Some(exception.opened_at));
            self.moment("closed", Some(closed_at));
            self.field("detail", exception.detail.clone());
        }
    }

    fn open_exception(&mut self, exception: &ExceptionDetails, priority: Priority) {
        self.heading(&format!("Open exception {} ({})", exception.kind, priority_name(priority)));
        self.field("shipment", exception.shipment.as_ref().map(ToString::to_string));
        self.moment("opened", Some(exception.opened_at));
        self.field("detail", exception.detail.clone());
        self.field("what to do", exception.what_to_do.clone());
        self.field("remedies", exception.remedies.join(", "));
        for entry in &exception.history {
            self.field("history", format!("{}  {}", date_time(entry.at), entry.what));
        }
    }

    fn personal(&mut self, personal: &PersonalDetails) {
        self.heading("Personal data");
        self.field("recipient", personal.recipient.as_ref().map(address));
        self.field("corrected to", personal.corrected_address.as_ref().map(address));
        self.field("buyer's message", personal.buyer_message.expose().clone());
        self.field("seller's note", personal.seller_note.expose().clone());
    }
}

fn address(address: &Address) -> String {
    let Address { name, company, street1, street2, city, state, postal_code, country, phone } = address;
    let parts = [
        name.as_str(),
        company.as_deref().unwrap_or_default(),
        street1,
        street2,
        city,
        state,
        postal_code,
        country,
        phone,
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
