//! A shop that has to be connected again.

use domain::shop::{Authorization, Shop};
use engine::ShopStore;

use crate::error::StepError;

/// Marks the shop as not authorised, after a call that was made for `used` failed. A shop that was connected again since
/// then stands: TikTok refused the tokens of before. Should someone else commit the shop meanwhile, the next failing
/// call comes back here.
pub async fn lose_authorization(shops: &dyn ShopStore, used: &Shop) -> Result<(), StepError> {
    if let Some(stored) = shops.shop(&used.id).await?
        && stored.value.authorization == Authorization::Granted
        && is_same_connection(&stored.value, used)
    {
        tracing::error!(shop = %used.id, "shop has to be connected again");
        let lost = Shop { authorization: Authorization::Lost, ..stored.value };
        shops.commit_shop(&lost, stored.version).await?;
    }
    Ok(())
}

/// Every connection reads the warehouses.
fn is_same_connection(one: &Shop, other: &Shop) -> bool {
    one.account == other.account && one.warehouses_read_at == other.warehouses_read_at
}
