//! What carriers do, and what a test may look at.

use std::collections::BTreeMap;

use super::address::VerifierSays;
use super::shipment::Shipment;
use super::{EasyPost, Purchase, RefundStatus, StaleRates, TrackerStatus, refund};
use crate::faults::{CallKind, Faults};
use crate::lock::locked;
use crate::webhooks::{AttemptResult, Delivery, DeliveryLog};

impl EasyPost {
    /// Every label that was bought, in the order of the purchases.
    pub fn purchases(&self) -> Vec<Purchase> {
        let state = locked(&self.core().state);
        state.bought.iter().filter_map(|id| purchase(state.shipments.get(id)?)).collect()
    }

    /// How many labels were bought, refunded or not.
    pub fn labels_bought(&self) -> usize {
        locked(&self.core().state).bought.len()
    }

    /// The references under which two or more labels were bought and not handed back.
    pub fn labels_bought_twice(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for purchase in self.purchases().into_iter().filter(|purchase| !purchase.handed_back()) {
            if let Some(reference) = purchase.reference {
                *counts.entry(reference).or_default() += 1;
            }
        }
        counts.into_iter().filter(|(_, count)| *count > 1).map(|(reference, _)| reference).collect()
    }

    /// How many shipments were created.
    pub fn shipments_created(&self) -> usize {
        locked(&self.core().state).shipments.len()
    }

    /// How many calls of each kind came.
    pub fn calls(&self) -> BTreeMap<CallKind, u64> {
        self.core().config.faults.calls()
    }

    /// What goes wrong here.
    pub fn faults(&self) -> &Faults {
        &self.core().config.faults
    }

    /// Raises all prices by a percentage of the price model. Quoted rates keep their old price on
    /// paper; what they cost when bought is a matter of [`StaleRates`].
    pub fn raise_prices(&self, percent: u64) {
        locked(&self.core().state).price_percent += percent;
    }

    /// Raises the prices of one carrier by a percentage of the price model, for rates that are quoted from now on.
    pub fn raise_prices_of(&self, carrier: &str, percent: u64) {
        *locked(&self.core().state).price_rises.entry(carrier.to_owned()).or_default() += percent;
    }

    /// The links to label files that come with purchases lead nowhere from now on; a conversion gives new ones.
    pub fn expire_label_links(&self) {
        locked(&self.core().state).label_links_expired = true;
    }

    /// What becomes of rates quoted before prices rose.
    pub fn set_stale_rates(&self, stale_rates: StaleRates) {
        locked(&self.core().state).stale_rates = stale_rates;
    }

    /// From now on the verification says this of every street that holds `street`: succeeded or not, with these error
    /// codes. Carriers deliver there all the same.
    pub fn verifier_says(&self, street: &str, success: bool, codes: &[&'static str]) {
        let (street, codes) = (street.to_uppercase(), codes.to_vec());
        let says = VerifierSays { street, success, codes, said: 0 };
        locked(&self.core().state).verifier.push(says);
    }

    /// How often the verification said what a test told it to.
    pub fn verifier_said(&self) -> usize {
        locked(&self.core().state).verifier.iter().map(|says| says.said).sum()
    }

    /// The recipient's address of each label, in the order of the purchases, as the post writes it.
    pub fn labels_addressed(&self) -> Vec<serde_json::Value> {
        let state = locked(&self.core().state);
        state.bought.iter().filter_map(|id| Some(state.shipments.get(id)?.to.json())).collect()
    }

    /// Submitted refunds are paid back now, and told.
    pub fn settle_refunds(&self) {
        let ids = locked(&self.core().state).bought.clone();
        for id in &ids {
            refund::settle(self.core(), id, RefundStatus::Refunded);
        }
    }

    /// The carrier pays or denies the submitted refund of a label; a payment is told, a denial is not. False when no label
    /// of this tracking code has one.
    pub fn settle_refund(&self, tracking_code: &str, outcome: RefundStatus) -> bool {
        let mut purchases = self.purchases().into_iter();
        let purchase = purchases.find(|purchase| purchase.tracking_code == tracking_code);
        purchase.is_some_and(|purchase| refund::settle(self.core(), &purchase.shipment_id, outcome))
    }

    /// The carrier scans the parcel. False when no tracker has this code.
    pub fn scan(&self, tracking_code: &str) -> bool {
        self.core().track(tracking_code, TrackerStatus::InTransit)
    }

    /// The carrier sends the parcel back. False when no tracker has this code.
    pub fn return_to_sender(&self, tracking_code: &str) -> bool {
        self.core().track(tracking_code, TrackerStatus::ReturnToSender)
    }

    /// The parcel arrives. False when no tracker has this code.
    pub fn deliver(&self, tracking_code: &str) -> bool {
        self.core().track(tracking_code, TrackerStatus::Delivered)
    }

    /// The tracker changes in any other way. False when no tracker has this code.
    pub fn set_tracker(&self, tracking_code: &str, status: TrackerStatus) -> bool {
        self.core().track(tracking_code, status)
    }

    /// Where webhooks go from now on, and the secret that signs them; `None` drops them.
    pub fn set_webhook_url(&self, url: Option<&str>, secret: &str) {
        *locked(&self.core().webhook_secret) = secret.to_owned();
        self.core().courier.set_url(url.map(str::to_owned));
    }

    /// Every webhook sent so far.
    pub fn deliveries(&self) -> DeliveryLog {
        self.core().courier.log()
    }

    /// Posts a body once, rightly signed. `None` when no address is set.
    pub async fn send_webhook(&self, body: &[u8]) -> Option<AttemptResult> {
        let delivery = self.core().delivery("raw".to_owned(), "raw".to_owned(), body.to_vec());
        self.core().courier.send_once(delivery).await
    }

    /// Posts a body once under a signature of the test's choice. `None` when no address is set.
    pub async fn send_forged_webhook(&self, body: &[u8], signature: &str) -> Option<AttemptResult> {
        let delivery = self.core().delivery("forged".to_owned(), "forged".to_owned(), body.to_vec());
        let delivery = Delivery { signature: (super::sign::HEADER, signature.to_owned()), ..delivery };
        self.core().courier.send_once(delivery).await
    }
}

fn purchase(shipment: &Shipment) -> Option<Purchase> {
    let bought = shipment.bought.as_ref()?;
    Some(Purchase {
        shipment_id: shipment.id.clone(),
        reference: shipment.reference.clone(),
        carrier: bought.rate.carrier.to_owned(),
        service: bought.rate.service.to_owned(),
        ounces: shipment.parcel.weight_oz,
        inches: shipment.parcel.dimensions,
        price_cents: bought.rate.cents,
        tracking_code: bought.tracking_code.clone(),
        bought_at: bought.at,
        refund: bought.refund_status(),
    })
}
