//! What sellers and the platform do about labels, as a test makes them do it.

use serde_json::Value;

use super::super::operations::OperationError;
use super::super::{ShippingType, TikTok};
use super::create::{NewPackage, ship_lines};
use super::{BoughtBy, CreateOddity, PlatformPackageView, PlatformService};
use crate::clock;
use crate::lock::locked;

impl TikTok {
    /// Every package with the platform's label: each is a parcel that is paid for.
    pub fn platform_packages(&self) -> Vec<PlatformPackageView> {
        locked(&self.core().state).platform.packages.values().map(PlatformPackageView::from).collect()
    }

    /// A person buys the label of an order in Seller Center.
    pub fn buy_in_seller_center(&self, order_id: &str) -> Result<(), OperationError> {
        let core = self.core();
        core.change(order_id, |state, ids| {
            let order = state.orders.get(order_id).ok_or(Err(OperationError::UnknownOrder))?;
            let Some(shop) = core.shop(&order.shop_id) else { return Err(Err(OperationError::UnknownOrder)) };
            if !order.status.shippable() || order.spec.shipping != ShippingType::TikTok {
                return Err(Err(OperationError::WrongStatus(order.status)));
            }
            let line_ids = order.open_lines().map(|line| line.id.clone()).collect();
            let new = NewPackage {
                id: order.prepared_package.clone().unwrap_or_else(|| ids.package.next()),
                shop,
                order_ids: vec![order_id.to_owned()],
                line_ids,
                service: PlatformService::usual(),
                measures: (Value::Null, Value::Null),
                bought_by: BoughtBy::Person,
                hidden_reads: 0,
            };
            Ok((Ok(()), ship_lines(state, new).1))
        })
    }

    /// Somebody else takes this many pickup slots, each right before it is asked for.
    pub fn take_pickup_slots(&self, count: u32) {
        locked(&self.core().state).platform.slots_taken = count;
    }

    /// The pickup slots that somebody else is still to take.
    pub fn pickup_slots_to_take(&self) -> u32 {
        locked(&self.core().state).platform.slots_taken
    }

    /// The seller switches an order between own labels and the platform's, which is possible until it has a label. The update
    /// time shows it, and no webhook.
    pub fn set_shipping(&self, order_id: &str, shipping: ShippingType) -> Result<(), OperationError> {
        let mut state = locked(&self.core().state);
        let order = state.orders.get_mut(order_id).ok_or(OperationError::UnknownOrder)?;
        if !order.status.shippable() {
            return Err(OperationError::WrongStatus(order.status));
        }
        order.spec.shipping = shipping;
        order.touch(clock::unix_seconds());
        Ok(())
    }

    /// TikTok recommends to combine the order with those of `group`, or with none. The update time shows it, and no webhook.
    pub fn set_combine_group(&self, order_id: &str, group: Option<&str>) -> Result<(), OperationError> {
        let mut state = locked(&self.core().state);
        let order = state.orders.get_mut(order_id).ok_or(OperationError::UnknownOrder)?;
        order.spec.fields.insert("auto_combine_group_id", Some(group.unwrap_or("N/A").into()));
        order.touch(clock::unix_seconds());
        Ok(())
    }

    /// What is offered from now on; an empty list is a refusal of every parcel.
    pub fn offer_platform_services(&self, services: Vec<PlatformService>) {
        locked(&self.core().state).platform.services = Some(services);
    }

    /// The next purchase of a platform label is odd in this way.
    pub fn on_next_create(&self, oddity: CreateOddity) {
        locked(&self.core().state).platform.oddities.push_back(oddity);
    }

    /// True when every odd purchase took place.
    pub fn oddities_used_up(&self) -> bool {
        locked(&self.core().state).platform.oddities.is_empty()
    }

    /// Every label is said to have this number from now on; `None`: its own.
    pub fn number_labels(&self, number: Option<&str>) {
        locked(&self.core().state).platform.odd_number = number.map(str::to_owned);
    }

    /// Links to labels redirect to another host, or no longer.
    pub fn lead_label_links_elsewhere(&self, elsewhere: bool) {
        locked(&self.core().state).platform.links_lead_elsewhere = elsewhere;
    }
}
