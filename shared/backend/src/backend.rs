//! A whole backend, from which functions are wired.

use std::sync::Arc;

use system::SecretStore;

use crate::{AlarmStore, CatalogueStore, LabelStore, OrderStore, ProcessedEventStore, Queues, ShopStore};

/// A backend, with a handle for each capability, so that a function is given what it needs and no more.
#[derive(Clone)]
pub struct Backend {
    pub orders: Arc<dyn OrderStore>,
    pub alarms: Arc<dyn AlarmStore>,
    pub shops: Arc<dyn ShopStore>,
    pub catalogue: Arc<dyn CatalogueStore>,
    pub labels: Arc<dyn LabelStore>,
    pub processed_events: Arc<dyn ProcessedEventStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub queues: Arc<dyn Queues>,
}

impl Backend {
    /// From one value that has every capability.
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
