//! The purchase: one call, never repeated.

use carriers::{BuyError, CarrierCode, PurchaseOrder, Rejection, Sold, SoldLabel};
use domain::order::OrderPart;
use domain::rates::Service;
use domain::route::Route;
use domain::settings::HandoverMethod;
use domain::stage::CostBasis;
use domain::{CarrierAccountId, CarrierText, LabelHandle, Money, OrderId, PackageId};

use crate::{HANDOVER_READ, PlatformLabels, errors, quotes};

/// The pause before an order is read again whose package TikTok does not show yet.
const NO_PACKAGE_PAUSE: std::time::Duration = std::time::Duration::from_secs(30);

impl PlatformLabels {
    pub(crate) async fn sell(&self, order: &PurchaseOrder<'_>) -> Result<Sold, BuyError> {
        match self.route {
            Route::ShipPackage => self.ship(order).await,
            Route::CreatePackages => self.create(order).await,
            // By these TikTok sells nothing, or nothing is known of the market.
            Route::MarkShipped | Route::SelfShipment | Route::Closed => {
                let (reason, code) = (Rejection::Request, CarrierCode::none());
                Err(BuyError::Rejected { reason, code, text: CarrierText::default() })
            }
        }
    }

    async fn create(&self, order: &PurchaseOrder<'_>) -> Result<Sold, BuyError> {
        let quote = &order.purchase.chosen.quote;
        let service_id = Some(quote.ticket.as_str()).filter(|id| !id.is_empty());
        let (part, parcel) = (order.request.part, order.request.parcel);
        let created = self.tiktok.create_package(&self.access, part, parcel, service_id).await;
        let created = created.map_err(errors::of_purchase)?;
        // TikTok may book another service at another price. The label is bought all the same.
        let is_named = !created.service.name.is_empty();
        let service = if is_named { quotes::named(&created.service) } else { quote.service.clone() };
        let cost = created.service.price.unwrap_or(quote.cost);
        // The label is paid for. When it can't be told for which orders, that is read back like a lost answer.
        let orders = self.orders_in(&created.id, part).await;
        let orders = orders.map_err(|error| BuyError::Unknown(errors::unknown(error)))?;
        Ok(Sold::Pending(Box::new(SoldLabel {
            account: self.account.clone(),
            handle: LabelHandle::new(created.id.as_str()),
            service,
            billed_to: CarrierAccountId::platform(),
            cost,
            cost_basis: CostBasis::Estimated,
            orders,
        })))
    }

    async fn ship(&self, order: &PurchaseOrder<'_>) -> Result<Sold, BuyError> {
        let Some(package) = &order.request.part.package else {
            // It shows a little after the payment: the order is read again.
            return Err(BuyError::NotSent { after: NO_PACKAGE_PAUSE, source: None });
        };
        let handover = self.handover_of(package).await;
        let shipped = match self.tiktok.ship_package(&self.access, package, handover).await {
            // Nothing was shipped: somebody else took the slot. Without one the warehouse's setting decides.
            Err(error) if handover.is_some() && errors::is_slot_taken(&error) => {
                self.tiktok.ship_package(&self.access, package, None).await
            }
            shipped => shipped,
        };
        shipped.map_err(errors::of_purchase)?;
        Ok(Sold::Pending(Box::new(self.shipped(package, order.request.part))))
    }

    /// How this package is handed over, as far as the seller's wish can be met; `None` is as the warehouse is set up. A parcel that
    /// leaves in another way is better than one that does not leave.
    async fn handover_of(&self, package: &PackageId) -> Option<tiktok::Handover> {
        let wish = self.handover?;
        let read = self.tiktok.handover_options(&self.access, package);
        let options = match tokio::time::timeout(HANDOVER_READ, read).await {
            Ok(Ok(options)) => options,
            Ok(Err(error)) => {
                tracing::warn!(%package, %error, "ways of handover can't be read; the warehouse's setting decides");
                return None;
            }
            Err(_) => {
                tracing::warn!(%package, "ways of handover take too long; the warehouse's setting decides");
                return None;
            }
        };
        match wish {
            HandoverMethod::Pickup if options.can_pickup => {
                options.pickup_slots.first().copied().map(tiktok::Handover::Pickup)
            }
            HandoverMethod::DropOff if options.can_drop_off => Some(tiktok::Handover::DropOff),
            HandoverMethod::Pickup | HandoverMethod::DropOff => None,
        }
    }

    /// The orders that a package holds, as far as they belong to this part: TikTok's word counts for a combined parcel.
    pub(crate) async fn orders_in(
        &self,
        package: &PackageId,
        part: &OrderPart,
    ) -> Result<Vec<OrderId>, tiktok::Error> {
        let mut orders = vec![part.order.clone()];
        if !part.combined_with.is_empty() {
            let held = self.tiktok.package(&self.access, package).await?.orders;
            orders.extend(part.combined_with.iter().filter(|order| held.contains(order)).cloned());
        }
        Ok(orders)
    }

    /// A label whose carrier TikTok has assigned; it says no price.
    pub(crate) fn shipped(&self, package: &PackageId, part: &OrderPart) -> SoldLabel {
        SoldLabel {
            account: self.account.clone(),
            handle: LabelHandle::new(package.as_str()),
            service: Service::platform(),
            billed_to: CarrierAccountId::platform(),
            cost: Money { minor: 0, currency: self.currency() },
            cost_basis: CostBasis::NotTold,
            orders: vec![part.order.clone()],
        }
    }
}
