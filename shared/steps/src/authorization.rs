//! A shop that has to be connected again.

use domain::ShopId;
use domain::shop::{Authorization, Shop};
use engine::ShopStore;

use crate::error::StepError;

/// Marks the shop as not authorised. Should someone else commit the shop meanwhile, the next failing call comes back
/// here.
pub async fn lose_authorization(shops: &dyn ShopStore, id: &ShopId) -> Result<(), StepError> {
    if let Some(stored) = shops.shop(id).await?
        && stored.value.authorization == Authorization::Granted
    {
        tracing::error!(shop = %id, "shop has to be connected again");
        let lost = Shop { authorization: Authorization::Lost, ..stored.value };
        shops.commit_shop(&lost, stored.version).await?;
    }
    Ok(())
}
