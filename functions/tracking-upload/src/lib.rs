//! tracking-upload: tells TikTok the tracking number of a label.
//!
//! TikTok has no idempotency key for this call. So whenever its outcome is uncertain (no answer, "already shipped", a state
//! that does not fit), the order is read back, and what TikTok holds decides.

use std::sync::Arc;
use std::time::Duration;

use backend::{OrderStore, Queues, ShopStore};
use domain::exception::ExceptionKind;
use domain::hold::{Shippable, shippable};
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::order::Order;
use domain::rates::{RefusalEvent, RefusedBy, RefusedLabel};
use domain::retry::Retry;
use domain::route::Route;
use domain::shop::Shop;
use domain::stage::{Event, Label, Stage, Upload};
use domain::{LineItemId, ProviderId, Timestamp};
use system::{Clock, Random};
use tiktok::{Class, Shipped, ShopAccess, TikTok, provider_for};
use workflow::{
    Change, Deferral, Deferrer, StepError, StoredShipment, StoredShop, error_chain, load_shipment, load_shop,
    record_call_failure, update_order, update_shop,
};

/// The pause before an order is looked at again whose package TikTok does not show.
const NO_PACKAGE_PAUSE: Duration = Duration::from_secs(30);

/// What [`TrackingUpload`] works with.
pub struct TrackingUploadDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// Tells TikTok the tracking numbers of labels.
pub struct TrackingUpload {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    deferrer: Deferrer,
}

/// A label whose number TikTok does not have yet.
struct PendingUpload {
    order: Order,
    items: Vec<LineItemId>,
    label: Label,
    /// How TikTok learns of the number.
    route: Option<Route>,
    /// When a person last had the order tried again: what was cached before is asked anew.
    retried_at: Option<Timestamp>,
}

/// Why there is no shipping provider to name to TikTok.
enum NoProvider {
    Call(tiktok::Error),
    /// With the detail of the exception.
    NotListed(String),
}

impl TrackingUpload {
    pub fn new(deps: TrackingUploadDeps) -> Self {
        let TrackingUploadDeps { orders, shops, queues, tiktok, clock, random } = deps;
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, queues, tiktok, clock, deferrer }
    }

    /// Uploads the shipment's tracking number, if it waits for that.
    ///
    /// # Errors
    /// When the backend fails, or TikTok accepts no more calls for now.
    pub async fn handle(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let Some(pending) = self.pending(target).await? else { return Ok(()) };
        let shop = match load_shop(&*self.shops, &target.key.shop).await? {
            StoredShop::Open(shop) => shop,
            StoredShop::Closed(closed) => return self.retry_later(target, Deferral::closed(closed)).await,
            // Without the shop nothing can be said to TikTok. The shipment's timer brings it up again.
            StoredShop::NotConnected => return Ok(()),
        };
        let provider = match self.provider(&pending, &ShopAccess::from(&*shop)).await {
            Ok(provider) => provider,
            Err(NoProvider::Call(error)) => return self.failed(target, &pending.label, &shop, error).await,
            Err(NoProvider::NotListed(detail)) => {
                return self.block(target, ExceptionKind::ProviderUnknown, detail, None).await;
            }
        };
        // TikTok may have been asked for the providers, so the order may have changed meanwhile.
        let Some(pending) = self.pending(target).await? else { return Ok(()) };
        self.tell_tiktok(target, &pending, &provider, &shop).await
    }

    /// What is to be uploaded; `None` when nothing is, or not now.
    async fn pending(&self, target: &ShipmentRef) -> Result<Option<PendingUpload>, StepError> {
        let Some(StoredShipment { record, shipment }) = load_shipment(&*self.orders, target).await? else {
            return Ok(None);
        };
        // Any other stage: the message is late, or came twice.
        let Stage::Labelled { label } = shipment.stage else { return Ok(None) };
        let now = self.clock.now();
        // Marking an order as shipped rejects a buyer's request to cancel in the United States, so what we know must be
        // fresh. order-sync sends the upload again.
        if !record.is_fresh(now) {
            self.resync(target).await?;
            return Ok(None);
        }
        if record.shippable(now) != Shippable::Now || record.order.parcel_fingerprint() != label.fingerprint {
            // Held, cancelled or changed: order-sync decides what becomes of the label, or has. The shipment's timer makes
            // sure of it.
            return Ok(None);
        }
        let retried_at = record.overrides.retried_at;
        let route = record.route;
        Ok(Some(PendingUpload { order: record.order, items: shipment.items, label, route, retried_at }))
    }

    async fn tell_tiktok(
        &self,
        target: &ShipmentRef,
        pending: &PendingUpload,
        provider: &ProviderId,
        shop: &Shop,
    ) -> Result<(), StepError> {
        let PendingUpload { order, items, label, .. } = pending;
        let access = ShopAccess::from(shop);
        let told = match pending.route {
            Some(Route::SelfShipment) => {
                let Some(package) = order.part(items).package else {
                    // It shows a little after the payment.
                    let what = "TikTok shows no package of the order yet";
                    let deferral = Deferral::passing(what, Retry::After(NO_PACKAGE_PAUSE));
                    self.retry_later(target, deferral).await?;
                    return self.resync(target).await;
                };
                let told =
                    self.tiktok.ship_package_myself(&access, &package, provider, &label.tracking).await;
                told.map(|()| Shipped { package: Some(package), warning: None })
            }
            Some(Route::MarkShipped | Route::CreatePackages | Route::ShipPackage | Route::Closed) | None => {
                self.tiktok.mark_shipped(&access, &order.id, items, provider, &label.tracking).await
            }
        };
        match told {
            Ok(shipped) => {
                let upload =
                    Upload { at: self.clock.now(), package: shipped.package, warning: shipped.warning };
                self.uploaded(target, label, upload).await?;
                self.accepted(label, shop).await
            }
            Err(error) => match error.class() {
                Class::AlreadyDone | Class::RereadFirst | Class::Unknown => {
                    self.read_back(target, pending, shop, error).await
                }
                Class::Retry
                | Class::Throttled { .. }
                | Class::OrderState
                | Class::ContentRefused
                | Class::TrackingRefused
                | Class::Reauthorize
                | Class::MissingScope
                | Class::AppRefused
                | Class::Bug => self.failed(target, label, shop, error).await,
            },
        }
    }

    /// The outcome of the call is uncertain: what TikTok holds decides.
    async fn read_back(
        &self,
        target: &ShipmentRef,
        pending: &PendingUpload,
        shop: &Shop,
        cause: tiktok::Error,
    ) -> Result<(), StepError> {
        let PendingUpload { label, route, .. } = pending;
        let access = ShopAccess::from(shop);
        let orders = match self.tiktok.orders(&access, std::slice::from_ref(&target.key.order)).await {
            Ok(orders) => orders,
            Err(error) => return self.failed(target, label, shop, error).await,
        };
        let order = orders.into_iter().flatten().find(|order| order.id == target.key.order);
        let ours = order.as_ref().and_then(|order| {
            order.items.iter().find(|item| item.tracking.as_deref() == Some(label.tracking.as_str()))
        });
        if let Some(item) = ours {
            let upload = Upload { at: self.clock.now(), package: item.package.clone(), warning: None };
            self.uploaded(target, label, upload).await?;
            return self.accepted(label, shop).await;
        }
        match order {
            // Shipped with another number, cancelled, on hold: order-sync knows what that means.
            Some(order) if shippable(&order, *route, self.clock.now()) != Shippable::Now => {
                self.resync(target).await
            }
            _ => self.retry_later(target, Deferral::passing(error_chain(&cause), cause.retry())).await,
        }
    }

    /// TikTok has the number: commits that.
    async fn uploaded(&self, target: &ShipmentRef, label: &Label, upload: Upload) -> Result<(), StepError> {
        let now = self.clock.now();
        let is_committed = update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(false));
            };
            let is_same = shipment.stage.label().is_some_and(|stored| stored.tracking == label.tracking);
            if !is_same || !matches!(shipment.stage, Stage::Labelled { .. } | Stage::Blocked { .. }) {
                return Ok(Change::Keep(false));
            }
            shipment.apply(Event::Upload { upload: upload.clone() }, now)?;
            if let Some(warning) = &upload.warning {
                let warning = warning.clone();
                record.open_exception(ExceptionKind::UploadWarning, Some(&target.shipment), warning, now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        if !is_committed {
            // Committed by somebody else, or cancelled while TikTok was told: the read-back says how it stands.
            return self.resync(target).await;
        }
        tracing::info!(
            order = %target.key, shipment = %target.shipment, stage = "uploaded", "tracking number is uploaded"
        );
        Ok(())
    }

    async fn failed(
        &self,
        target: &ShipmentRef,
        label: &Label,
        shop: &Shop,
        error: tiktok::Error,
    ) -> Result<(), StepError> {
        let detail = error_chain(&error);
        match error.class() {
            Class::TrackingRefused => self.refused(target, label, shop, &error).await,
            Class::OrderState => {
                // TikTok knows a state that we do not. The pause grows in case the read-back does not settle it.
                self.retry_later(target, Deferral::passing(detail, Retry::Reconcile)).await?;
                self.resync(target).await
            }
            Class::Bug | Class::ContentRefused => {
                self.block(target, ExceptionKind::UploadRefused, detail, None).await
            }
            Class::Reauthorize
            | Class::MissingScope
            | Class::AppRefused
            | Class::Throttled { .. }
            | Class::Retry
            | Class::RereadFirst
            | Class::AlreadyDone
            | Class::Unknown => {
                let deferral = record_call_failure(&*self.shops, shop, &error, self.clock.now()).await?;
                self.retry_later(target, deferral).await
            }
        }
    }

    /// TikTok's id of the label's carrier, for the order's delivery option.
    async fn provider(&self, pending: &PendingUpload, access: &ShopAccess) -> Result<ProviderId, NoProvider> {
        let carrier = pending.label.service.carrier;
        let Some(option) = &pending.order.delivery_option else {
            let detail = "The order names no delivery option, so its shipping providers are unknown.";
            return Err(NoProvider::NotListed(detail.to_owned()));
        };
        let providers = self.tiktok.shipping_providers(access, option, pending.retried_at).await;
        let providers = providers.map_err(NoProvider::Call)?;
        let provider = provider_for(carrier, &providers).map(|provider| provider.id.clone());
        provider.ok_or_else(|| {
            NoProvider::NotListed(format!(
                "TikTok lists no shipping provider for {carrier} in the order's delivery option."
            ))
        })
    }

    /// TikTok does not accept the label. Another one of the same carrier would be refused, too.
    async fn refused(
        &self,
        target: &ShipmentRef,
        label: &Label,
        shop: &Shop,
        error: &tiktok::Error,
    ) -> Result<(), StepError> {
        let detail = error_chain(error);
        if !error.refuses_carrier() {
            return self.block(target, ExceptionKind::UploadRefused, detail, None).await;
        }
        let refused = RefusedLabel {
            by: RefusedBy::TikTok,
            service: label.service.clone(),
            billed_to: label.billed_to.clone(),
            fingerprint: label.fingerprint,
            kind: ExceptionKind::LabelNotAccepted,
            reason: detail.clone(),
        };
        self.block(target, ExceptionKind::UploadRefused, detail.clone(), Some(refused)).await?;
        let refusal = RefusalEvent {
            by: RefusedBy::TikTok,
            carrier: label.service.carrier,
            billed_to: &label.billed_to,
            order: &target.key.order,
            code: &error.code().map(|code| code.to_string()).unwrap_or_default(),
            reason: &detail,
        };
        let now = self.clock.now();
        update_shop(&*self.shops, &shop.id, |shop| {
            shop.label_refused(&refusal, now);
            Ok(Change::Commit(()))
        })
        .await
    }

    /// TikTok accepted a label that its carrier sold: a streak of refusals of either ends.
    async fn accepted(&self, label: &Label, shop: &Shop) -> Result<(), StepError> {
        // As a rule there is no streak, and nothing to commit.
        if shop.monitor.refusals.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        update_shop(&*self.shops, &shop.id, |shop| {
            let carrier = label.service.carrier;
            let ended = [RefusedBy::Carrier, RefusedBy::TikTok]
                .map(|by| shop.label_accepted(by, carrier, &label.billed_to, now));
            Ok(Change::commit_if(ended.contains(&true)))
        })
        .await?;
        Ok(())
    }

    /// Stops the shipment for a person, unless it has left the stage in which that makes sense.
    async fn block(
        &self,
        target: &ShipmentRef,
        why: ExceptionKind,
        detail: String,
        refused: Option<RefusedLabel>,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let is_labelled =
                record.shipment(&target.shipment).is_some_and(|s| matches!(s.stage, Stage::Labelled { .. }));
            if !is_labelled {
                return Ok(Change::Keep(()));
            }
            if let Some(refused) = &refused {
                record.note_refused(refused.clone());
            }
            record.block(&target.shipment, why, detail.clone(), now)?;
            Ok(Change::Commit(()))
        })
        .await
    }

    async fn retry_later(&self, target: &ShipmentRef, deferral: Deferral) -> Result<(), StepError> {
        self.deferrer.defer(target, Message::TrackingUpload(target.clone()), deferral).await
    }

    async fn resync(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let message = Message::order_change(target.key.clone(), ChangeSource::Timer);
        Ok(self.queues.send(&message, Duration::ZERO).await?)
    }
}
