//! When personal data is forgotten is a setting, and every order is given its day when it is read back. A setting that was
//! changed since counts for the orders that were over before as well.

use backend::{OrderFilter, OrderPage};
use domain::record::OrderRecord;
use domain::shop::{Forgetting, Shop};
use workflow::{StepError, update_order, update_shop};

use crate::{ChoreError, Housekeeping};

/// How many orders are looked at before it is stored how far the look has come.
const PAGE: usize = 100;

impl Housekeeping {
    /// Gives the orders of the shop their day anew, when the setting is not the one that they were given it by. A look that
    /// is cut off is gone on with by the next run.
    pub(crate) async fn redate(&self, shop: &Shop) -> Result<(), ChoreError> {
        let mut forgetting = shop.monitor.forgetting.clone();
        if forgetting.days != self.settings.expire_personal_data_days {
            forgetting = Forgetting {
                days: self.settings.expire_personal_data_days,
                looked_until: Some(String::new()),
            };
        }
        let filter = OrderFilter { shop: Some(shop.id.clone()), ..OrderFilter::default() };
        while let Some(cursor) = forgetting.looked_until.take() {
            let cursor = Some(cursor.as_str()).filter(|cursor| !cursor.is_empty());
            let OrderPage { orders, next, .. } = self.orders.list_orders(&filter, cursor, PAGE).await?;
            for record in orders {
                self.redate_one(record, &forgetting).await?;
            }
            forgetting.looked_until = next;
            update_shop(&*self.shops, &shop.id, |shop| {
                shop.monitor.forgetting.clone_from(&forgetting);
                Ok(Some(()))
            })
            .await?;
        }
        Ok(())
    }

    async fn redate_one(&self, mut listed: OrderRecord, forgetting: &Forgetting) -> Result<(), StepError> {
        if !listed.forget_after(forgetting.days) {
            return Ok(());
        }
        update_order(&*self.orders, &listed.key(), |record| {
            Ok(record.forget_after(forgetting.days).then_some(()))
        })
        .await?;
        Ok(())
    }
}
