//! An inquiry to the carrier of a parcel.

use std::sync::Arc;
use std::time::Duration;

use carriers::{Connector, LabelRef, UnknownAccount};
use domain::OrderKey;
use domain::message::{Message, ShipmentRef};
use domain::rates::Carrier;
use domain::record::OrderRecord;
use domain::remedy::RemedyKind;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::Label;
use domain::track::Track;
use platform_labels::PlatformLabels;
use workflow::{StepError, error_chain};

use crate::RemedyStep;
use crate::report::RemedyFailed;

impl RemedyStep {
    /// Reads the parcel back, and writes an inquiry that a person can send. When the carrier can't be reached, it is based on
    /// what the carrier last reported.
    pub(crate) async fn ask_carrier(&self, key: &OrderKey) -> Result<String, RemedyFailed> {
        let record = self.load(key).await?;
        let (shipment, label) = parcel(&record).ok_or_else(|| {
            RemedyFailed::refused("no parcel is on its way: TikTok has no tracking number for the order")
        })?;
        let shop = self.shop(&key.shop).await?;
        let read = self.track(key, &shop, label).await;
        let text = inquiry(label, read.as_ref().or(shipment.track.as_ref()));
        let target = ShipmentRef { key: key.clone(), shipment: shipment.id.clone() };
        let check = Message::ParcelCheck(target);
        self.queues.send(&check, Duration::ZERO).await.map_err(StepError::from)?;
        self.note(key, RemedyKind::AskCarrier, "An inquiry to the carrier was written.").await;
        Ok(text)
    }

    /// Where the parcel is, if the account that sold its label can say so now.
    async fn track(&self, key: &OrderKey, shop: &Shop, label: &Label) -> Option<Track> {
        let parcel = [LabelRef::from(label)];
        let connector: Result<Arc<dyn Connector>, UnknownAccount> = if label.account.is_platform() {
            Ok(Arc::new(PlatformLabels::new(self.tiktok.clone(), shop, self.clock.now())))
        } else {
            self.accounts.get(&label.account)
        };
        let read = match connector {
            Ok(connector) => connector.track(&parcel).await.map_err(|error| error_chain(&error)),
            Err(unknown) => Err(unknown.to_string()),
        };
        match read {
            Ok(tracks) => tracks.into_iter().next().flatten(),
            Err(error) => {
                tracing::warn!(order = %key, error, "parcel can't be read back");
                None
            }
        }
    }
}

/// The latest parcel whose number TikTok has.
fn parcel(record: &OrderRecord) -> Option<(&Shipment, &Label)> {
    let uploaded = record.shipments.iter().rev().filter(|shipment| shipment.is_uploaded());
    uploaded.filter_map(|shipment| Some((shipment, shipment.stage.label()?))).next()
}

/// The inquiry: carrier, number, what the carrier last reported, and where to ask.
fn inquiry(label: &Label, track: Option<&Track>) -> String {
    let (name, page) = customer_service(label.service.carrier);
    let shipped = label.bought_at.strftime("%Y-%m-%d");
    let number = &label.tracking;
    let last = match track.and_then(|track| Some((track, track.last_event_at?))) {
        Some((track, at)) => {
            format!(
                "Its last event was at {} (UTC), with the status \"{}\"",
                at.strftime("%Y-%m-%d %H:%M"),
                track.status
            )
        }
        None => "Your tracking shows no event for it".to_owned(),
    };
    let ask = page.map_or_else(String::new, |page| format!("\nAsk at: {page}"));
    format!(
        "To {name}: our parcel {number}, whose label was bought on {shipped}. {last}. \
         Please tell us where it is, and when it will be delivered.{ask}"
    )
}

/// The carrier's name, and the page of its customer service.
fn customer_service(carrier: Carrier) -> (&'static str, Option<&'static str>) {
    match carrier {
        Carrier::Usps => ("USPS", Some("https://www.usps.com/help/missing-mail.htm")),
        Carrier::Ups => ("UPS", Some("https://www.ups.com/us/en/support/contact-us")),
        Carrier::FedEx => ("FedEx", Some("https://www.fedex.com/en-us/customer-support.html")),
        Carrier::DhlEcommerce => {
            ("DHL eCommerce", Some("https://www.dhl.com/us-en/home/customer-service.html"))
        }
        Carrier::Amazon => ("Amazon Shipping", Some("https://ship.amazon.com")),
        Carrier::Other => ("the carrier", None),
    }
}

#[cfg(test)]
mod tests {
    use domain::rates::{Carrier, Service};
    use domain::stage::{Label, LabelFileState};
    use domain::track::{Track, TrackStatus};
    use domain::{AccountId, CarrierAccountId, LabelHandle, Money, Timestamp, TrackingNumber};

    use super::inquiry;

    fn label(carrier: Carrier) -> Label {
        Label {
            account: AccountId::default_of("ups"),
            handle: LabelHandle::new("shp_1"),
            tracking: TrackingNumber::new("9400100000000000000001"),
            service: Service::new(carrier, "Ground"),
            billed_to: CarrierAccountId::new("ca_1"),
            cost: Money::usd(607),
            cost_basis: domain::stage::CostBasis::Charged,
            bought_at: "2026-11-20T10:00:00Z".parse().unwrap(),
            fingerprint: 0,
            file: LabelFileState::Removed,
            hazmat_sheet: domain::stage::HazmatSheet::None,
        }
    }

    #[test]
    fn says_what_is_known_and_where_to_ask() {
        let last: Timestamp = "2026-11-21T17:05:00Z".parse().unwrap();
        let mut track = Track::new(TrackStatus::InTransit, Some(last), None, &[]);
        track.last_event_at = Some(last);
        assert_eq!(
            inquiry(&label(Carrier::Usps), Some(&track)),
            "To USPS: our parcel 9400100000000000000001, whose label was bought on 2026-11-20. Its last event was at \
             2026-11-21 17:05 (UTC), with the status \"in transit\". Please tell us where it is, and when it will be \
             delivered.\nAsk at: https://www.usps.com/help/missing-mail.htm"
        );
        let nothing = inquiry(&label(Carrier::Other), None);
        assert!(nothing.contains("shows no event") && !nothing.contains("Ask at"), "{nothing}");
    }
}
