//! What buyers, carriers and the platform do, as a test makes them do it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::cancel_reasons::usual;
use super::cancellation::{self, CancelStatus};
use super::core::Core;
use super::events::Event;
use super::order::{CancelledBy, Order};
use super::script::{self, FirstRead};
use super::tokens::Grant;
use super::{CancellationView, Consent, OrderSpec, OrderStatus, OrderView, Recipient, Region, TikTok};
use super::{TokenPair, Upload};
use crate::clock;
use crate::faults::{CallKind, Faults};
use crate::lock::locked;
use crate::webhooks::{AttemptResult, Delivery, DeliveryLog};

/// Why an operation was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// There is no such order.
    #[error("no such order")]
    UnknownOrder,
    /// The order's status does not allow it.
    #[error("not possible in status {}", .0.name())]
    WrongStatus(OrderStatus),
}

type Done = Result<(), OperationError>;

/// Changes an order that is in one of the given statuses.
fn when_in(
    core: &Core,
    order_id: &str,
    allowed: &[OrderStatus],
    change: impl FnOnce(&mut Order, i64) -> Vec<Event>,
) -> Done {
    core.change(order_id, |state, _| {
        let Some(order) = state.orders.get_mut(order_id) else {
            return Err(Err(OperationError::UnknownOrder));
        };
        if !allowed.contains(&order.status) {
            return Err(Err(OperationError::WrongStatus(order.status)));
        }
        let now = clock::unix_seconds();
        order.touch(now);
        let events = change(order, now);
        Ok((Ok(()), events))
    })
}

/// The replies about an order change silently: neither its update time nor a webhook shows it.
pub(crate) fn set_fields(core: &Core, id: &str, fields: BTreeMap<&'static str, Option<Value>>) -> Done {
    core.change(id, |state, _| {
        let order = state.orders.get_mut(id).ok_or(Err(OperationError::UnknownOrder))?;
        order.spec.fields = fields;
        Ok((Ok(()), Vec::new()))
    })
}

pub(crate) fn release_hold(core: &Core, id: &str) -> Done {
    when_in(core, id, &[OrderStatus::OnHold], |order, _| {
        order.status = OrderStatus::AwaitingShipment;
        Event::status(order).into_iter().collect()
    })
}

pub(crate) fn cancel(core: &Core, id: &str, by: CancelledBy) -> Done {
    let region = region(core, id);
    core.change(id, |state, ids| {
        let order = state.orders.get(id).ok_or(Err(OperationError::UnknownOrder))?;
        // Everything before the parcel is on its way.
        if !OrderStatus::ALL[..5].contains(&order.status) {
            return Err(Err(OperationError::WrongStatus(order.status)));
        }
        let done = cancellation::cancel(state, ids, id, by, usual(by, region), CancelStatus::Complete);
        Ok((Ok(()), done))
    })
}

pub(crate) fn request_cancel(core: &Core, id: &str) -> Done {
    let region = region(core, id);
    let within = core.config.cancel_respond_within;
    core.change(id, |state, ids| {
        let asked = cancellation::request(state, ids, id, region, within).map_err(Err)?;
        Ok((Ok(()), asked))
    })
}

/// Where an order was sold; an unknown order is refused afterwards.
fn region(core: &Core, order_id: &str) -> Region {
    let state = locked(&core.state);
    let shop = state.orders.get(order_id).and_then(|order| core.shop(&order.shop_id));
    shop.map_or(Region::Us, |shop| shop.region)
}

pub(crate) fn update_address(core: &Core, id: &str, to: Recipient) -> Done {
    when_in(core, id, &OrderStatus::ALL[..3], |order, _| {
        order.spec.recipient = to;
        order.address_updated = true;
        vec![Event::address(order)]
    })
}

pub(crate) fn carrier_scan(core: &Core, id: &str) -> Done {
    when_in(core, id, &[OrderStatus::AwaitingCollection], |order, now| {
        order.status = OrderStatus::InTransit;
        order.collection_time = Some(now);
        Event::status(order).into_iter().collect()
    })
}

pub(crate) fn deliver(core: &Core, id: &str) -> Done {
    when_in(core, id, &[OrderStatus::InTransit], |order, now| {
        order.status = OrderStatus::Delivered;
        order.delivery_time = Some(now);
        Event::status(order).into_iter().collect()
    })
}

fn add_order(core: &Arc<Core>, spec: OrderSpec) -> Option<String> {
    let shop = match &spec.shop_id {
        Some(id) => core.shop(id)?,
        None => core.config.shops.first()?,
    };
    let order = Order::new(spec, shop, &core.ids, clock::unix_seconds());
    let (id, steps) = (order.id.clone(), order.spec.script.clone());
    let created = Event::status(&order);
    locked(&core.state).orders.insert(id.clone(), order);
    if let Some(created) = created {
        core.emit(&shop.id, &created);
    }
    script::start(core, &id, &steps, FirstRead::NotYet);
    Some(id)
}

impl TikTok {
    /// Replaces the fields of an order's answers that differ from those of an ordinary one ([`OrderSpec::fields`]).
    /// Neither a webhook nor its update time shows it.
    pub fn set_fields(&self, order_id: &str, fields: BTreeMap<&'static str, Option<Value>>) -> Done {
        set_fields(self.core(), order_id, fields)
    }

    /// Adds an order and returns its id. `None` when its shop does not exist.
    pub fn add_order(&self, spec: OrderSpec) -> Option<String> {
        add_order(self.core(), spec)
    }

    /// ON_HOLD ends: the order awaits shipment.
    pub fn release_hold(&self, order_id: &str) -> Done {
        release_hold(self.core(), order_id)
    }

    /// The order is cancelled, which is possible until the carrier has it.
    pub fn cancel(&self, order_id: &str, by: CancelledBy) -> Done {
        cancel(self.core(), order_id, by)
    }

    /// The buyer asks to cancel. An order on hold is cancelled at once, another one waits for the seller; asking again
    /// changes nothing.
    pub fn request_cancel(&self, order_id: &str) -> Done {
        request_cancel(self.core(), order_id)
    }

    /// The buyer corrects the address, which is possible until it is shipped.
    pub fn update_address(&self, order_id: &str, to: Recipient) -> Done {
        update_address(self.core(), order_id, to)
    }

    /// The carrier scans the parcel: IN_TRANSIT.
    pub fn carrier_scan(&self, order_id: &str) -> Done {
        carrier_scan(self.core(), order_id)
    }

    /// The parcel arrives.
    pub fn deliver(&self, order_id: &str) -> Done {
        deliver(self.core(), order_id)
    }

    /// The present state of an order.
    pub fn order(&self, order_id: &str) -> Option<OrderView> {
        locked(&self.core().state).orders.get(order_id).map(OrderView::from)
    }

    /// The latest cancellation of an order.
    pub fn cancellation(&self, order_id: &str) -> Option<CancellationView> {
        let state = locked(&self.core().state);
        let of_order = state.cancellations.values().filter(|made| made.order_id == order_id);
        of_order.max_by_key(|made| (made.create_time, made.id.clone())).map(CancellationView::from)
    }

    /// The present state of all orders.
    pub fn orders(&self) -> Vec<OrderView> {
        locked(&self.core().state).orders.values().map(OrderView::from).collect()
    }

    /// Every accepted upload of a tracking number.
    pub fn uploads(&self) -> Vec<Upload> {
        locked(&self.core().state).uploads.clone()
    }

    /// How many calls were more than their shop may make in a second.
    pub fn calls_over_quota(&self) -> u64 {
        self.core().quota.refused()
    }

    /// How many calls of each kind came.
    pub fn calls(&self) -> BTreeMap<CallKind, u64> {
        self.core().config.faults.calls()
    }

    /// The faults of this service.
    pub fn faults(&self) -> &Faults {
        &self.core().config.faults
    }

    /// How often tokens were refreshed.
    pub fn refreshes(&self) -> u64 {
        locked(&self.core().tokens).refreshes
    }

    /// An authorization code for all shops, as the consent page would issue it.
    pub fn authorization_code(&self) -> String {
        let shops = self.core().config.shops.iter().map(|shop| shop.id.clone()).collect();
        locked(&self.core().tokens).code_for(shops, clock::unix_seconds())
    }

    /// Tokens for the given shops, without the consent page.
    pub fn grant(&self, shop_ids: &[&str]) -> TokenPair {
        let shops = shop_ids.iter().map(|id| (*id).to_owned()).collect();
        let grant = Grant { shops, open_id: "7010736057180300001".to_owned() };
        locked(&self.core().tokens).issue(grant, &self.core().config, clock::unix_seconds())
    }

    /// Every access token handed out so far expires now.
    pub fn expire_access_tokens(&self) {
        locked(&self.core().tokens).expire_access(clock::unix_seconds());
    }

    /// The seller revokes the app: all tokens are refused, and webhook 6 goes out for each shop.
    pub fn deauthorize(&self) {
        locked(&self.core().tokens).revoke_all();
        for shop in &self.core().config.shops {
            self.core().emit(&shop.id, &Event::Deauthorized);
        }
    }

    /// Webhook 7: the authorization of each shop expires at a time in Unix seconds.
    pub fn announce_expiry(&self, at: i64) {
        for shop in &self.core().config.shops {
            self.core().emit(&shop.id, &Event::AuthorizationExpires(at));
        }
    }

    /// What sellers answer on the consent page from now on.
    pub fn set_consent(&self, consent: Consent) {
        *locked(&self.core().consent) = consent;
    }

    /// Where the consent page sends sellers from now on.
    pub fn set_redirect_url(&self, url: &str) {
        *locked(&self.core().redirect_url) = Some(url.to_owned());
    }

    /// Where webhooks go from now on; `None` drops them.
    pub fn set_webhook_url(&self, url: Option<&str>) {
        self.core().courier.set_url(url.map(str::to_owned));
    }

    /// Every webhook sent so far.
    pub fn deliveries(&self) -> DeliveryLog {
        self.core().courier.log()
    }

    /// Posts a body once, correctly signed. `None` when no address is set.
    pub async fn send_webhook(&self, body: &[u8]) -> Option<AttemptResult> {
        let delivery = self.core().delivery("raw".to_owned(), "raw".to_owned(), body.to_vec());
        self.core().courier.send_once(delivery).await
    }

    /// Posts a body once under a signature of the test's choice. `None` when no address is set.
    pub async fn send_forged_webhook(&self, body: &[u8], signature: &str) -> Option<AttemptResult> {
        let delivery = self.core().delivery("forged".to_owned(), "forged".to_owned(), body.to_vec());
        let delivery = Delivery { signature: ("authorization", signature.to_owned()), ..delivery };
        self.core().courier.send_once(delivery).await
    }
}
