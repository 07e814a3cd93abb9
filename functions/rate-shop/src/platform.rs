//! Rating an order that ships with TikTok's own label: TikTok is asked for its services, and nobody else for anything.
//!
//! The address plays no part, and may be masked: TikTok knows where the parcel goes, and prints it itself.

use std::time::{Duration, Instant};

use backend::RateOutcome;
use carriers::{Connector as _, ShipRequest};
use domain::address::Address;
use domain::message::ShipmentRef;
use domain::order::Order;
use domain::parcel::{Parcel, pack};
use domain::rates::{
    NoEligibleRate, PlatformRateRequest, PurchaseConstraints, Quotes, Speed, choose_platform,
};
use domain::record::OrderRecord;
use domain::route::Route;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::{Currency, zone};
use platform_labels::PlatformLabels;

use crate::combine::Gathered;
use crate::customs::CustomsPapers;
use crate::decide::ParcelSnapshot;
use crate::quote::quote_failure;
use crate::{RateFailure, RateShop, reasons};

/// How long to wait for TikTok's services.
const SERVICES_WITHIN: Duration = Duration::from_secs(20);

impl RateShop {
    /// Asks TikTok for the services of its own label, chooses one, and stores the decision.
    pub(crate) async fn rate_platform(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<(), RateFailure> {
        let others = match self.gather(target, record, shop).await? {
            Gathered::Parcel(others) => others,
            Gathered::Waits => return Ok(()),
        };
        let now = self.clock.now();
        let order = &record.order;
        let parcel = self.platform_parcel(record, &others, shipment, shop).await?;
        let part = order.part(&shipment.items);
        let warehouse = shop.warehouse(shipment.warehouse.as_ref());
        let from = warehouse.map(|warehouse| warehouse.address.clone()).unwrap_or_default();
        let to = order.recipient.clone().unwrap_or_default();
        let request = ShipRequest {
            from: &from,
            to: &to,
            parcel: &parcel,
            customs: None,
            reference: target.shipment.as_str(),
            part: &part,
        };
        let labels = PlatformLabels::new(self.tiktok.clone(), shop, now);
        let offer = labels.quote(&request, None, Instant::now() + SERVICES_WITHIN).await;
        let offer = offer.map_err(|error| quote_failure(&error, labels.account(), &[]))?;
        let quotes =
            Quotes { quotes: offer.quotes, messages: offer.messages, silent: Vec::new(), asked_at: now };
        let snapshot = ParcelSnapshot::of(record, shipment);
        let choice = choose_platform(
            quotes,
            &rate_request(record, &others, shipment, &parcel, &from, now),
            &self.rules,
        );
        match choice {
            Ok(decision) => Ok(self.store_decision(target, &snapshot, decision).await?),
            Err(unrated) => Ok(self.store_no_rate(target, record, shop, &snapshot, unrated).await?),
        }
    }

    /// The packed parcel of an order and the others that it ships with. Where TikTok assigned the carrier with the order it asks for
    /// no measures, and none are needed.
    async fn platform_parcel(
        &self,
        record: &OrderRecord,
        others: &[OrderRecord],
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<Parcel, RateFailure> {
        if record.route == Some(Route::ShipPackage) {
            return Ok(Parcel::unmeasured());
        }
        let order = &record.order;
        let own = order.items.iter().filter(|item| shipment.items.contains(&item.id));
        let items: Vec<_> = own.chain(others.iter().flat_map(|other| other.order.unshipped())).collect();
        let weights = self.weights(shop, &items).await?;
        pack(items.iter().copied(), &weights.items).map_err(|error| weights.failure(&error))
    }

    async fn store_no_rate(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        shop: &Shop,
        snapshot: &ParcelSnapshot,
        unrated: NoEligibleRate,
    ) -> Result<(), workflow::StepError> {
        let now = self.clock.now();
        let constraints = PurchaseConstraints {
            carriers: None,
            fingerprint: record.order.parcel_fingerprint(),
            refused: &record.refused,
            streaks: &shop.monitor.refusals,
            retried_at: record.overrides.retried_at,
            price_limit: None,
            price_accepted: None,
            now,
        };
        let (kind, detail) = reasons::no_rate(unrated.kind(&constraints), &unrated, &CustomsPapers::none());
        let too_high = unrated.too_dear();
        let NoEligibleRate { candidates, messages, .. } = unrated;
        let outcome = RateOutcome::None { candidates, messages, at: now };
        self.orders.put_decision(&target.key, &target.shipment, &outcome).await?;
        self.block(target, snapshot, kind, detail, too_high).await
    }
}

fn rate_request<'a>(
    record: &'a OrderRecord,
    others: &[OrderRecord],
    shipment: &Shipment,
    parcel: &'a Parcel,
    from: &Address,
    now: domain::Timestamp,
) -> PlatformRateRequest<'a> {
    let order = &record.order;
    let all = || std::iter::once(record).chain(others).map(|record| &record.order);
    // Of two currencies there is no sum, and orders of one group have one.
    let value = all().filter_map(|order| order.total).reduce(|sum, total| sum.plus(total).unwrap_or(sum));
    PlatformRateRequest {
        parcel,
        ship_on: zone::ship_date(from, now),
        ready_at: zone::local_time(from, now).time(),
        arrive_by: all().filter_map(Order::arrive_by).min(),
        speed: Speed::of_option(&order.delivery_option_name),
        value,
        currency: order.total.map_or(Currency::USD, |total| total.currency),
        fingerprint: order.parcel_fingerprint(),
        refused: &record.refused,
        price_limit: shipment.price_limit,
        price_accepted: shipment.price_accepted,
    }
}
