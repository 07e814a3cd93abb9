//! tracking-upload: tells TikTok the tracking number of a label.
//!
//! TikTok has no key that makes the call safe to repeat. So whenever it is not certain what became of it (no answer,
//! "already shipped", a state that does not fit), the order is read back, and what TikTok holds decides.

use std::sync::Arc;
use std::time::Duration;

use backend::{OrderStore, Queues, ShopStore};
use domain::exception::ExceptionKind;
use domain::hold::{Shippable, shippable};
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::order::Order;
use domain::rates::{RefusalEvent, RefusedBy, RefusedLabel};
use domain::retry::Retry;
use domain::shop::Shop;
use domain::stage::{Event, Label, Stage, Upload};
use domain::{LineItemId, ProviderId, Timestamp};
use system::{Clock, Random};
use tiktok::{Class, ShopAccess, TikTok, provider_for};
use workflow::{Deferral, Deferrer, StepError, error_chain, update_order, update_shop};

/// The step.
pub struct TrackingUpload {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    deferrer: Deferrer,
}

impl TrackingUpload {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, queues, tiktok, clock, deferrer }
    }

    /// Uploads the shipment's tracking number, if it waits for that.
    pub async fn handle(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let Some(waiting) = self.waiting(task).await? else { return Ok(()) };
        let Some(shop) = self.shops.load_shop(&task.key.shop).await? else { return Ok(()) };
        if let Some(closed) = shop.value.closed() {
            return self.again_later(task, Deferral::closed(closed)).await;
        }
        let access = ShopAccess::from(&shop.value);
        let provider = match self.provider(task, &waiting, &access).await? {
            Ok(provider) => provider,
            Err(ProviderMissing::Error(error)) => {
                return self.failed(task, &waiting.label, &shop.value, error).await;
            }
            Err(ProviderMissing::Blocked) => return Ok(()),
        };
        // TikTok may have been asked for the providers; what was heard meanwhile counts.
        let Some(waiting) = self.waiting(task).await? else { return Ok(()) };
        self.mark(task, &waiting, &provider, &shop.value).await
    }

    /// What waits for the upload, if it may be uploaded now.
    async fn waiting(&self, task: &ShipmentRef) -> Result<Option<Waiting>, StepError> {
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(None) };
        let record = stored.value;
        let Some(shipment) = record.shipment(&task.shipment) else { return Ok(None) };
        let Stage::Labelled { label } = &shipment.stage else { return Ok(None) };
        let now = self.clock.now();
        // In the United States a shipment rejects the buyer's wish to cancel, so what we know must be fresh.
        if !record.is_fresh(now) {
            self.resync(task).await?;
            return Ok(None);
        }
        if record.shippable(now) != Shippable::Now || record.order.parcel_fingerprint() != label.fingerprint {
            // Held, cancelled or changed: order-sync has overrides or will; the shipment's timer looks after it.
            return Ok(None);
        }
        let (label, items) = (label.clone(), shipment.items.clone());
        let retried_at = record.overrides.retried_at;
        Ok(Some(Waiting { order: record.order, items, label, retried_at }))
    }

    async fn mark(
        &self,
        task: &ShipmentRef,
        waiting: &Waiting,
        provider: &ProviderId,
        shop: &Shop,
    ) -> Result<(), StepError> {
        let Waiting { order, items, label, .. } = waiting;
        let access = ShopAccess::from(shop);
        match self.tiktok.mark_shipped(&access, &order.id, items, provider, &label.tracking).await {
            Ok(shipped) => {
                let upload =
                    Upload { at: self.clock.now(), package: shipped.package, warning: shipped.warning };
                self.uploaded(task, label, upload).await?;
                self.accepted(label, shop).await
            }
            Err(error) => match error.class() {
                Class::AlreadyDone | Class::RereadFirst | Class::Unknown => {
                    self.read_back(task, label, shop, error).await
                }
                _ => self.failed(task, label, shop, error).await,
            },
        }
    }

    /// It is not certain what became of the call: what TikTok holds decides.
    async fn read_back(
        &self,
        task: &ShipmentRef,
        label: &Label,
        shop: &Shop,
        cause: tiktok::Error,
    ) -> Result<(), StepError> {
        let access = ShopAccess::from(shop);
        let orders = match self.tiktok.orders(&access, std::slice::from_ref(&task.key.order)).await {
            Ok(orders) => orders,
            Err(error) => return self.failed(task, label, shop, error).await,
        };
        let held = orders.into_iter().flatten().find(|order| order.id == task.key.order);
        let ours = held.as_ref().and_then(|order| {
            order.items.iter().find(|item| item.tracking.as_deref() == Some(label.tracking.as_str()))
        });
        if let Some(item) = ours {
            let upload = Upload { at: self.clock.now(), package: item.package.clone(), warning: None };
            self.uploaded(task, label, upload).await?;
            return self.accepted(label, shop).await;
        }
        match held {
            // Shipped otherwise, cancelled, on hold: order-sync knows what that means.
            Some(order) if shippable(&order, self.clock.now()) != Shippable::Now => self.resync(task).await,
            _ => self.again_later(task, Deferral::passing(error_chain(&cause), cause.retry())).await,
        }
    }

    async fn uploaded(&self, task: &ShipmentRef, label: &Label, upload: Upload) -> Result<(), StepError> {
        let now = self.clock.now();
        let committed = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(None) };
            let same = shipment.stage.label().is_some_and(|held| held.tracking == label.tracking);
            if !same || !matches!(shipment.stage, Stage::Labelled { .. } | Stage::Blocked { .. }) {
                return Ok(None);
            }
            shipment.apply(Event::Upload { upload: upload.clone() }, now)?;
            if let Some(warning) = &upload.warning {
                record.open_exception(
                    ExceptionKind::UploadWarning,
                    Some(&task.shipment),
                    warning.clone(),
                    now,
                );
            }
            record.refresh_exceptions(now);
            Ok(Some(()))
        })
        .await?;
        match committed {
            Some(()) => {
                tracing::info!(
                    order = %task.key, shipment = %task.shipment, stage = "uploaded",
                    "tracking number is uploaded"
                );
                Ok(())
            }
            // Committed by someone else, or cancelled while TikTok was told: the read-back says how it stands.
            None => self.resync(task).await,
        }
    }

    async fn failed(
        &self,
        task: &ShipmentRef,
        label: &Label,
        shop: &Shop,
        error: tiktok::Error,
    ) -> Result<(), StepError> {
        let detail = error_chain(&error);
        match error.class() {
            Class::TrackingRefused => self.refused(task, label, shop, &error).await,
            Class::OrderState => {
                // TikTok's state differs from what we know. Should the read-back not settle it, the pause grows.
                self.again_later(task, Deferral::passing(detail, Retry::Reconcile)).await?;
                self.resync(task).await
            }
            Class::Reauthorise | Class::MissingScope => {
                workflow::mark_unauthorized(&*self.shops, shop, self.clock.now()).await?;
                let exception = ExceptionKind::ShopUnauthorized;
                self.again_later(task, Deferral::told(detail, Duration::from_secs(60), exception)).await
            }
            Class::AppRefused => {
                workflow::app_refused(&*self.shops, &shop.id, &detail, self.clock.now()).await?;
                self.again_later(task, Deferral::passing(detail, error.retry())).await
            }
            Class::Bug | Class::ContentRefused => {
                self.block(task, ExceptionKind::UploadRefused, detail, None).await
            }
            Class::Throttled { .. }
            | Class::Retry
            | Class::RereadFirst
            | Class::AlreadyDone
            | Class::Unknown => self.again_later(task, Deferral::passing(detail, error.retry())).await,
        }
    }

    async fn provider(
        &self,
        task: &ShipmentRef,
        waiting: &Waiting,
        access: &ShopAccess,
    ) -> Result<Result<ProviderId, ProviderMissing>, StepError> {
        let carrier = waiting.label.service.carrier;
        let detail = match &waiting.order.delivery_option {
            None => "The order names no delivery option, so its providers are not known.".to_owned(),
            Some(option) => match self.tiktok.shipping_providers(access, option, waiting.retried_at).await {
                Err(error) => return Ok(Err(ProviderMissing::Error(error))),
                Ok(providers) => match provider_for(carrier, &providers) {
                    Some(provider) => return Ok(Ok(provider.id.clone())),
                    None => format!("TikTok lists no provider for {carrier} in the order's delivery option."),
                },
            },
        };
        self.block(task, ExceptionKind::ProviderUnknown, detail, None).await?;
        Ok(Err(ProviderMissing::Blocked))
    }

    /// TikTok does not accept the label. Another one of the same carrier would be refused, too.
    async fn refused(
        &self,
        task: &ShipmentRef,
        label: &Label,
        shop: &Shop,
        error: &tiktok::Error,
    ) -> Result<(), StepError> {
        let detail = error_chain(error);
        if !error.refuses_carrier() {
            return self.block(task, ExceptionKind::UploadRefused, detail, None).await;
        }
        let refused = RefusedLabel {
            by: RefusedBy::TikTok,
            service: label.service.clone(),
            billed_to: label.billed_to.clone(),
            fingerprint: label.fingerprint,
            kind: ExceptionKind::LabelNotAccepted,
            reason: detail.clone(),
        };
        self.block(task, ExceptionKind::UploadRefused, detail.clone(), Some(refused)).await?;
        let refusal = RefusalEvent {
            by: RefusedBy::TikTok,
            carrier: label.service.carrier,
            billed_to: &label.billed_to,
            order: &task.key.order,
            code: &error.code().map(|code| code.to_string()).unwrap_or_default(),
            reason: &detail,
        };
        let now = self.clock.now();
        update_shop(&*self.shops, &shop.id, |shop| {
            shop.label_refused(&refusal, now);
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }

    /// TikTok accepted a label that its carrier sold: refusals of both are no longer in a row.
    async fn accepted(&self, label: &Label, shop: &Shop) -> Result<(), StepError> {
        if shop.monitor.refusals.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        update_shop(&*self.shops, &shop.id, |shop| {
            let carrier = label.service.carrier;
            let ended = [RefusedBy::Carrier, RefusedBy::TikTok]
                .map(|by| shop.label_accepted(by, carrier, &label.billed_to, now));
            Ok(ended.contains(&true).then_some(()))
        })
        .await?;
        Ok(())
    }

    async fn block(
        &self,
        task: &ShipmentRef,
        why: ExceptionKind,
        detail: String,
        refused: Option<RefusedLabel>,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &task.key, |record| {
            let labelled =
                record.shipment(&task.shipment).is_some_and(|s| matches!(s.stage, Stage::Labelled { .. }));
            if !labelled {
                return Ok(None);
            }
            if let Some(refused) = &refused {
                record.note_refused(refused.clone());
            }
            record.block(&task.shipment, why, detail.clone(), now)?;
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }

    async fn again_later(&self, task: &ShipmentRef, setback: Deferral) -> Result<(), StepError> {
        self.deferrer.defer(task, Message::TrackingUpload(task.clone()), setback).await
    }

    async fn resync(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let message = Message::OrderChange { key: task.key.clone(), source: ChangeSource::Timer };
        Ok(self.queues.send(&message, Duration::ZERO).await?)
    }
}

/// A label that TikTok has not been told of.
struct Waiting {
    order: Order,
    items: Vec<LineItemId>,
    label: Label,
    retried_at: Option<Timestamp>,
}

/// Why there is no provider to name.
enum ProviderMissing {
    Error(tiktok::Error),
    Blocked,
}
