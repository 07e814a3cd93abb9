//! TikTok takes a shop's tokens, or the app's calls, no longer.

use backend::ShopStore;
use domain::shop::{Authorization, Shop};
use domain::{ShopId, Timestamp};

use crate::error::StepError;
use crate::update::update_shop;

/// Marks the shop as not authorised, after a call that was made for `used` failed. A shop that was connected again since
/// then stands: TikTok refused the tokens of before.
pub async fn mark_unauthorized(shops: &dyn ShopStore, used: &Shop, now: Timestamp) -> Result<(), StepError> {
    update_shop(shops, &used.id, |stored| {
        if stored.authorization != Authorization::Granted || !is_same_connection(stored, used) {
            return Ok(None);
        }
        tracing::error!(shop = %stored.id, "shop has to be connected again");
        stored.mark_unauthorized(now);
        Ok(Some(()))
    })
    .await?;
    Ok(())
}

/// Shows at the shop that TikTok refuses the app; `why` is the error. It closes when none was refused for a while.
pub async fn app_refused(
    shops: &dyn ShopStore,
    shop: &ShopId,
    why: &str,
    now: Timestamp,
) -> Result<(), StepError> {
    update_shop(shops, shop, |stored| Ok(stored.app_refused(why, now).then_some(()))).await?;
    Ok(())
}

/// Every connection reads the warehouses.
fn is_same_connection(one: &Shop, other: &Shop) -> bool {
    one.account == other.account && one.warehouses_read_at == other.warehouses_read_at
}
