//! Which labels TikTok will accept for an order: asked before a label is paid for.

use std::time::Duration;

use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::order::Order;
use domain::rates::{Carrier, total_restriction};
use domain::record::OrderRecord;
use domain::shop::Shop;
use domain::zone;
use tiktok::{Class, ShopAccess, carriers_of};
use workflow::{Deferral, StepError, error_chain};

use crate::{Obstacle, RateShop};

/// The pause while the shop has to be connected again.
const UNAUTHORISED: Duration = Duration::from_secs(60);

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
        if error.class() == Class::Reauthorise {
            workflow::mark_unauthorized(&*self.shops, shop, self.clock.now()).await?;
            return Ok(Deferral::told(error_chain(error), UNAUTHORISED, ExceptionKind::ShopUnauthorized));
        }
        if error.class() == Class::AppRefused {
            workflow::app_refused(&*self.shops, &shop.id, &error_chain(error), self.clock.now()).await?;
        }
        Ok(Deferral::passing(error_chain(error), error.retry()))
    }
}
