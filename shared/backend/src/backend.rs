//! A backend as those see it who wire functions.

use std::sync::Arc;

use system::SecretStore;

use crate::{AlarmStore, CatalogueStore, LabelStore, OrderStore, ProcessedEventStore, Queues, ShopStore};

/// A backend: each capability behind a handle of its own, so that a function is given what it needs and no more.
#[derive(Clone)]
pub struct Backend {
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
    pub processed_events: Arc<dyn ProcessedEventStore>,
    /// The tokens of the shops.
    pub secrets: Arc<dyn SecretStore>,
    /// Queues.
    pub queues: Arc<dyn Queues>,
}

impl Backend {
    /// One value that has every capability.
    pub fn of<E>(backend: E) -> Self
    where
        E: OrderStore
            + AlarmStore
            + ShopStore
            + CatalogueStore
            + LabelStore
            + ProcessedEventStore
            + SecretStore
            + Queues,
    {
        let backend = Arc::new(backend);
        Self {
            orders: backend.clone(),
            alarms: backend.clone(),
            shops: backend.clone(),
            catalogue: backend.clone(),
            labels: backend.clone(),
            processed_events: backend.clone(),
            secrets: backend.clone(),
            queues: backend,
        }
    }
}
