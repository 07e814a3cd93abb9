//! How long personal data is kept is a setting. Every order gets the day on which its data is deleted when it is read back;
//! when the setting changes, orders that were already over get a new day here, and when a shop is closed or opened, all of
//! its orders.

use backend::{OrderFilter, OrderPage};
use domain::record::OrderRecord;
use domain::shop::{Forgetting, Shop};
use workflow::{CallError, Change, StepError, update_order, update_shop};

use crate::Housekeeping;

/// How many orders are handled before the progress is stored.
const PAGE: usize = 100;

impl Housekeeping {
    /// Gives the shop's orders a new day if the setting, or whether the shop is closed, has changed since they got theirs. A pass
    /// that is cut off is resumed by the next run.
    pub(crate) async fn reschedule_forgetting(&self, shop: &Shop) -> Result<(), CallError> {
        let mut forgetting = shop.monitor.forgetting.clone();
        let (days, is_closed) = (self.settings.expire_personal_data_days, shop.closed().is_some());
        if (forgetting.days, forgetting.is_closed) != (days, is_closed) {
            forgetting = Forgetting { days, is_closed, looked_until: Some(String::new()) };
        }
        let filter = OrderFilter { shop: Some(shop.id.clone()), ..OrderFilter::default() };
        while let Some(cursor) = forgetting.looked_until.take() {
            let cursor = Some(cursor.as_str()).filter(|cursor| !cursor.is_empty());
            let OrderPage { orders, next, .. } = self.orders.list_orders(&filter, cursor, PAGE).await?;
            for record in orders {
                self.reschedule_one(record, &forgetting).await?;
            }
            forgetting.looked_until = next;
            update_shop(&*self.shops, &shop.id, |shop| {
                shop.monitor.forgetting.clone_from(&forgetting);
                Ok(Change::Commit(()))
            })
            .await?;
        }
        Ok(())
    }

    async fn reschedule_one(
        &self,
        mut listed: OrderRecord,
        forgetting: &Forgetting,
    ) -> Result<(), StepError> {
        let reschedule = |record: &mut OrderRecord| match forgetting.is_closed {
            true => record.forget_closed_after(forgetting.days),
            false => record.forget_after(forgetting.days),
        };
        if !reschedule(&mut listed) {
            return Ok(());
        }
        update_order(&*self.orders, &listed.key(), |record| Ok(Change::commit_if(reschedule(record))))
            .await?;
        Ok(())
    }
}
