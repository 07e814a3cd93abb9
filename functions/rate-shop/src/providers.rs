//! Which labels TikTok will accept for an order. It is asked before a label is paid for.

use domain::exception::ExceptionKind;
use domain::rates::Carrier;
use domain::record::OrderRecord;
use domain::route::{Route, route};
use domain::shop::Shop;
use tiktok::{Class, ShopAccess, carriers_of};

use crate::{RateFailure, RateShop};

impl RateShop {
    /// Fails for an order for which TikTok accepts no label that the seller buys, whatever the carrier.
    pub(crate) fn check_own_labels(&self, record: &OrderRecord, shop: &Shop) -> Result<(), RateFailure> {
        let order = &record.order;
        if record.route == Some(Route::Closed) {
            let row = route(&order.market, shop.seller, &order.shipping, self.clock.now());
            let since = row.and_then(|row| row.from).map(|day| format!(" since {day}")).unwrap_or_default();
            let source = row.map_or("", |row| row.source);
            let detail = format!(
                "TikTok has accepted no labels that the seller buys for this order{since} ({source})."
            );
            return Err(RateFailure::Block(ExceptionKind::LabelNotAccepted, detail));
        }
        if order.delivery_option.is_none() {
            let detail = "The order names no delivery option, so TikTok would accept no carrier's tracking number for it.";
            return Err(RateFailure::Block(ExceptionKind::ProviderUnknown, detail.to_owned()));
        }
        Ok(())
    }

    /// The carriers that are shipping providers in the order's delivery option: TikTok accepts only their tracking numbers.
    pub(crate) async fn carriers_at_tiktok(
        &self,
        record: &OrderRecord,
        shop: &Shop,
    ) -> Result<Vec<Carrier>, RateFailure> {
        // Providers belong to a delivery option.
        let Some(option) = &record.order.delivery_option else { return Ok(Vec::new()) };
        let access = ShopAccess::from(shop);
        match self.tiktok.shipping_providers(&access, option, record.overrides.retried_at).await {
            Ok(providers) => Ok(carriers_of(&providers)),
            // TikTok itself ships orders with this option, so it has no providers.
            Err(error) if error.class() == Class::OrderState => Ok(Vec::new()),
            Err(error) => Err(self.call_failure(shop, &error).await),
        }
    }

    /// The failure that follows from a call to TikTok which the choice depends on. What it says of the whole shop is recorded
    /// at the shop.
    pub(crate) async fn call_failure(&self, shop: &Shop, error: &tiktok::Error) -> RateFailure {
        match workflow::record_call_failure(&*self.shops, shop, error, self.clock.now()).await {
            Ok(deferral) => RateFailure::Defer(deferral),
            Err(failed) => RateFailure::Step(failed),
        }
    }
}
