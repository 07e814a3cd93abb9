//! An engine as those see it who wire functions.

use std::sync::Arc;

use crate::{
    AlarmStore, CatalogueStore, LabelStore, NoticeStore, OrderStore, Queues, SecretStore, ShopStore,
};

/// An engine: each capability behind a handle of its own, so that a function is given what it needs and no more.
#[derive(Clone)]
pub struct Engine {
    /// Orders.
    pub orders: Arc<dyn OrderStore>,
    /// Alarms.
    pub alarms: Arc<dyn AlarmStore>,
    /// Shops.
    pub shops: Arc<dyn ShopStore>,
    /// Weights and sizes.
    pub catalogue: Arc<dyn CatalogueStore>,
    /// Label files.
    pub labels: Arc<dyn LabelStore>,
    /// Notifications that were taken already.
    pub notices: Arc<dyn NoticeStore>,
    /// The tokens of the shops.
    pub secrets: Arc<dyn SecretStore>,
    /// Queues.
    pub queues: Arc<dyn Queues>,
}

impl Engine {
    /// One value that has every capability.
    pub fn of<E>(engine: E) -> Self
    where
        E: OrderStore
            + AlarmStore
            + ShopStore
            + CatalogueStore
            + LabelStore
            + NoticeStore
            + SecretStore
            + Queues,
    {
        let engine = Arc::new(engine);
        Self {
            orders: engine.clone(),
            alarms: engine.clone(),
            shops: engine.clone(),
            catalogue: engine.clone(),
            labels: engine.clone(),
            notices: engine.clone(),
            secrets: engine.clone(),
            queues: engine,
        }
    }
}
