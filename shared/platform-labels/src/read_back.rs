//! A purchase whose answer was lost: what the order and its packages show.

use carriers::{CarrierCall, CarrierError, Certainty, Found, SoldLabel, UnknownOutcome};
use domain::order::{Order, OrderPart, OrderStatus};
use domain::purchase::Purchase;
use domain::route::Route;
use domain::stage::CostBasis;
use domain::{CarrierAccountId, LabelHandle, OrderId, PackageId, Timestamp};
use jiff::SignedDuration;

use crate::{PlatformLabels, errors};

/// Packages are searched from so long before the purchase was sent until so long after: clocks differ, and a slow purchase takes
/// its time.
const SEARCH_MARGIN: SignedDuration = SignedDuration::from_mins(2);
/// So many pages are searched at most: a shop with more packages in a few minutes is read back by its order alone.
const PAGES_MAX: usize = 5;

impl PlatformLabels {
    pub(crate) async fn read_back(
        &self,
        purchase: &Purchase,
        part: &OrderPart,
    ) -> Result<Found, CarrierError> {
        let orders = self.orders(part).await?;
        let cause = UnknownOutcome::Broken("it does not show the order");
        let order = orders.iter().find(|order| order.id == part.order);
        let order = order.ok_or(CarrierError::Unknown { call: CarrierCall::Read, cause })?;
        match self.route {
            Route::ShipPackage => self.read_package(order, part).await,
            Route::CreatePackages | Route::MarkShipped | Route::SelfShipment | Route::Closed => {
                self.read_order(purchase, order, &orders, part).await
            }
        }
    }

    /// The order, and the others of a combined parcel.
    async fn orders(&self, part: &OrderPart) -> Result<Vec<Order>, CarrierError> {
        let ids: Vec<OrderId> = std::iter::once(&part.order).chain(&part.combined_with).cloned().collect();
        let orders = self.tiktok.orders(&self.access, &ids).await;
        let orders = orders.map_err(|error| errors::of_call(CarrierCall::Read, error))?;
        Ok(orders.into_iter().flatten().collect())
    }

    /// In the United States a package exists only by a purchase, whoever made it.
    async fn read_order(
        &self,
        purchase: &Purchase,
        order: &Order,
        orders: &[Order],
        part: &OrderPart,
    ) -> Result<Found, CarrierError> {
        let shown = order.part(&part.items).package;
        let package = match shown {
            Some(package) => Some(package),
            None => self.search(purchase, part).await?,
        };
        let Some(package) = package else {
            // Whatever was bought has ended with the order.
            let is_certain =
                order.status == OrderStatus::Cancelled || self.is_in_another_parcel(orders, part).await?;
            return Ok(Found::Nothing(if is_certain { Certainty::Proof } else { Certainty::Weak }));
        };
        let held = self.orders_in(&package, part).await;
        let held = held.map_err(|error| errors::of_call(CarrierCall::Read, error))?;
        Ok(Found::Pending(Box::new(self.bought(purchase, &package, held))))
    }

    /// True if TikTok has put one of the other orders of a combined parcel into a package without this order. A combined parcel is
    /// bought for all of its orders or for none, so this one was not.
    async fn is_in_another_parcel(&self, orders: &[Order], part: &OrderPart) -> Result<bool, CarrierError> {
        let others = orders.iter().filter(|order| part.combined_with.contains(&order.id));
        for package in others.filter_map(|order| order.items.iter().find_map(|item| item.package.clone())) {
            let state = self.tiktok.package(&self.access, &package).await;
            let state = state.map_err(|error| errors::of_call(CarrierCall::Read, error))?;
            if !state.orders.is_empty() && !state.orders.contains(&part.order) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The package exists since the payment: its status says whether it is shipped.
    async fn read_package(&self, order: &Order, part: &OrderPart) -> Result<Found, CarrierError> {
        let Some(package) = part.package.clone().or_else(|| order.part(&part.items).package) else {
            return Ok(Found::Nothing(Certainty::Weak));
        };
        let state = self.tiktok.package(&self.access, &package).await;
        let state = state.map_err(|error| errors::of_call(CarrierCall::Read, error))?;
        Ok(match state.status.as_str() {
            "PROCESSING" | "FULFILLING" | "COMPLETED" => {
                Found::Pending(Box::new(self.shipped(&package, part)))
            }
            // A second Ship Package of the same package would be refused.
            "TO_FULFILL" | "CANCELLED" => Found::Nothing(Certainty::Proof),
            _ => Found::Nothing(Certainty::Weak),
        })
    }

    /// The second way to a package: there is no search by order.
    async fn search(&self, purchase: &Purchase, part: &OrderPart) -> Result<Option<PackageId>, CarrierError> {
        let Some(sent_at) = purchase.sent_at else { return Ok(None) };
        let from = sent_at.saturating_sub(SEARCH_MARGIN).unwrap_or(sent_at);
        let until = sent_at.saturating_add(SEARCH_MARGIN).unwrap_or(Timestamp::MAX);
        let mut page_token = None;
        for _ in 0..PAGES_MAX {
            let page = self.tiktok.search_packages(&self.access, from, until, page_token).await;
            let page = page.map_err(|error| errors::of_call(CarrierCall::Read, error))?;
            let is_ours = |items: &[domain::LineItemId]| {
                items.is_empty() || part.items.iter().any(|item| items.contains(item))
            };
            let found = page.packages.into_iter().find(|package| {
                !package.is_cancelled && package.orders.contains(&part.order) && is_ours(&package.items)
            });
            if let Some(package) = found {
                return Ok(Some(package.id));
            }
            match page.next_page_token {
                Some(next) => page_token = Some(next),
                None => break,
            }
        }
        Ok(None)
    }

    fn bought(&self, purchase: &Purchase, package: &PackageId, orders: Vec<OrderId>) -> SoldLabel {
        let quote = &purchase.chosen.quote;
        SoldLabel {
            account: self.account.clone(),
            handle: LabelHandle::new(package.as_str()),
            service: quote.service.clone(),
            billed_to: CarrierAccountId::platform(),
            cost: quote.cost,
            cost_basis: CostBasis::Estimated,
            orders,
        }
    }
}
