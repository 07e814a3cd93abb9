//! TikTok takes a shop's tokens, or the app's calls, no longer.

use domain::shop::{Authorization, Shop};
use domain::{ShopId, Timestamp};
use engine::ShopStore;

use crate::change::change_shop;
use crate::error::StepError;

/// Marks the shop as not authorised, after a call that was made for `used` failed. A shop that was connected again since
/// then stands: TikTok refused the tokens of before.
pub async fn lose_authorization(shops: &dyn ShopStore, used: &Shop, now: Timestamp) -> Result<(), StepError> {
    change_shop(shops, &used.id, |stored| {
        if stored.authorization != Authorization::Granted || !is_same_connection(stored, used) {
            return Ok(None);
        }
        tracing::error!(shop = %stored.id, "shop has to be connected again");
        stored.lose_authorization(now);
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
    change_shop(shops, shop, |stored| Ok(stored.app_refused(why, now).then_some(()))).await?;
    Ok(())
}

/// Every connection reads the warehouses.
fn is_same_connection(one: &Shop, other: &Shop) -> bool {
    one.account == other.account && one.warehouses_read_at == other.warehouses_read_at
}
