//! Which labels TikTok will accept for an order: asked before a label is paid for.

use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::order::Order;
use domain::rates::{Carrier, total_restriction};
use domain::record::OrderRecord;
use domain::shop::Shop;
use domain::zone;
use tiktok::{Class, ShopAccess, carriers_of};
use workflow::{Deferral, StepError};

use crate::{Obstacle, RateShop};

impl RateShop {
    /// What makes every own label vain, whatever a carrier would quote.
    pub(crate) fn own_labels_refused(&self, order: &Order, shop: &Shop, from: &Address) -> Option<Obstacle> {
        let ship_on = zone::ship_date(from, self.clock.now());
        if let Some(restriction) =
            total_restriction(&self.rules.restrictions, &order.market, shop.seller, ship_on)
        {
            let detail = format!(
                "Since {}, TikTok accepts no labels of the seller's own for this order ({}).",
                restriction.from, restriction.source
            );
            return Some(Obstacle::Block(ExceptionKind::LabelNotAccepted, detail));
        }
        order.delivery_option.is_none().then(|| {
            let detail =
                "The order names no delivery option, so TikTok would accept no carrier's number for it.";
            Obstacle::Block(ExceptionKind::ProviderUnknown, detail.to_owned())
        })
    }

    /// The carriers that have a provider in the order's delivery option.
    pub(crate) async fn carriers(
        &self,
        record: &OrderRecord,
        shop: &Shop,
    ) -> Result<Result<Vec<Carrier>, Deferral>, StepError> {
        let Some(option) = &record.order.delivery_option else { return Ok(Ok(Vec::new())) };
        let access = ShopAccess::from(shop);
        match self.tiktok.shipping_providers(&access, option, record.overrides.retried_at).await {
            Ok(providers) => Ok(Ok(carriers_of(&providers))),
            // TikTok ships the option itself: it has no providers.
            Err(error) if error.class() == Class::OrderState => Ok(Ok(Vec::new())),
            Err(error) => Ok(Err(self.tiktok_setback(shop, &error).await?)),
        }
    }

    /// The pause after TikTok did not answer a question that the choice depends on.
    pub(crate) async fn tiktok_setback(
        &self,
        shop: &Shop,
        error: &tiktok::Error,
    ) -> Result<Deferral, StepError> {
        workflow::record_call_failure(&*self.shops, shop, error, self.clock.now()).await
    }
}
