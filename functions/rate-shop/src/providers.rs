//! Which labels TikTok will accept for an order: asked before a label is paid for.

use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::order::Order;
use domain::rates::{Carrier, total_restriction};
use domain::record::OrderRecord;
use domain::shop::Shop;
use domain::zone;
use tiktok::{Class, ShopAccess, carriers_of};

use crate::{RateFailure, RateShop};

impl RateShop {
    /// Fails where TikTok takes no label of the seller's own, whatever a carrier would quote.
    pub(crate) fn accepts_own_labels(
        &self,
        order: &Order,
        shop: &Shop,
        from: &Address,
    ) -> Result<(), RateFailure> {
        let ship_on = zone::ship_date(from, self.clock.now());
        if let Some(restriction) =
            total_restriction(&self.rules.restrictions, &order.market, shop.seller, ship_on)
        {
            let detail = format!(
                "Since {}, TikTok accepts no labels of the seller's own for this order ({}).",
                restriction.from, restriction.source
            );
            return Err(RateFailure::Block(ExceptionKind::LabelNotAccepted, detail));
        }
        if order.delivery_option.is_none() {
            let detail =
                "The order names no delivery option, so TikTok would accept no carrier's number for it.";
            return Err(RateFailure::Block(ExceptionKind::ProviderUnknown, detail.to_owned()));
        }
        Ok(())
    }

    /// The carriers that have a provider in the order's delivery option.
    pub(crate) async fn carriers(
        &self,
        record: &OrderRecord,
        shop: &Shop,
    ) -> Result<Vec<Carrier>, RateFailure> {
        let Some(option) = &record.order.delivery_option else { return Ok(Vec::new()) };
        let access = ShopAccess::from(shop);
        match self.tiktok.shipping_providers(&access, option, record.overrides.retried_at).await {
            Ok(providers) => Ok(carriers_of(&providers)),
            // TikTok ships the option itself: it has no providers.
            Err(error) if error.class() == Class::OrderState => Ok(Vec::new()),
            Err(error) => Err(self.tiktok_failed(shop, &error).await),
        }
    }

    /// TikTok did not answer a question that the choice depends on. What that says of the shop or the app is noted there.
    pub(crate) async fn tiktok_failed(&self, shop: &Shop, error: &tiktok::Error) -> RateFailure {
        match workflow::record_call_failure(&*self.shops, shop, error, self.clock.now()).await {
            Ok(deferral) => RateFailure::Defer(deferral),
            Err(failed) => RateFailure::Step(failed),
        }
    }
}
