//! The kinds of exceptions, one entry each. A new kind is a variant and its entry here, a page in `infra/runbooks`, and
//! the place that opens it. Headlines go into text messages: at most 89 characters in English, 28 in Chinese.

use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

use super::facts::Ends::{
    ByStep, ByTime, Never, OfOrder, OfShop, WhenOrderIsDispatched, WhenOrderIsUploaded, WhenOutageEnds,
    WhenPurchaseIsKnown, WhenRateIsGivenUp, WhenShipmentIsOver, WhenUnblocked, WhenUnstuck,
};
use super::facts::Priority::{Blocking, Notice, Urgent};
use super::facts::{EMAIL, EMAIL_AND_SMS, ExceptionFacts as Facts, ExceptionText as Text, LISTED};
use crate::remedy::RemedyKind::{
    Acknowledge, ApproveCancellation, AskCarrier, CancelAndRefund, ConfirmAddress, CorrectAddress, Hold,
    MarkUrgent, MessageBuyer, RefuseCancellation, Release, Rerate, Retry, RuleOutPurchase, Void,
};

/// What is wrong. The headline of each entry says what a kind means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs, reason = "each entry has a headline")]
#[rustfmt::skip]
pub enum ExceptionKind {
    // The address and what is in the parcel.
    AddressIncomplete, AddressUndeliverable, AddressMismatch, AddressUnprintable, WeightUnknown, TooLargeForOneParcel,
    WarehouseUnknown, CustomsFormNeeded, OutOfStock,
    // The rate and the label.
    NoRate, ArrivesLate, PriceIncreased, PriceTooHigh, Overcharged, LabelNotAccepted, PurchaseRefused, PurchaseUnknown,
    LabelNotIssued, PreconditionMissing, ChangedAfterLabel, VoidRefused, RefundOverdue,
    // The tracking number and the parcel.
    ProviderUnknown, UploadRefused, UploadWarning, ShippedElsewhere, NotScanned, TrackingStalled, ParcelReturned,
    // The buyer.
    CancelRequested, CancellationResponseDue, CancelledAfterScan, BuyerAsksWhereOrderIs, BuyerReportsWrongAddress,
    BuyerWantsToCancel,
    // The order as a whole.
    NotSupported, RouteUnknown, DispatchMissed, NotLabelled, ServiceUnavailable, Stuck,
    // The shop.
    ShopUnauthorized, ShopNotAllowed, AuthorizationEnding, TokenRefreshFailing, NoNewOrders, WebhooksMissed,
    OrderSearchUnreliable, OrdersUnreadable, ConversationsUnreadable, CarrierSuspended,
    // The installation.
    AppRefused, ClockWrong, DeadLetters, AlarmUndelivered, RecipientNotSubscribed, RecordsUnreadable, SettingsRejected,
}

impl ExceptionKind {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// Its name, as it is stored, listed and logged.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Its entry. Inlined, so that a function that asks for one field of it links no texts.
    #[inline(always)]
    #[rustfmt::skip]
    pub fn facts(self) -> Facts {
        match self {
            Self::AddressIncomplete => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[MessageBuyer, CorrectAddress, Retry, CancelAndRefund, Acknowledge],
                english: Text("the address is incomplete", "Ask the buyer to complete the address on TikTok, or correct \
                    it here. The order continues automatically once the address changes."),
                chinese: Text("收货地址不完整", "请联系买家在 TikTok 补全地址，或自行更正地址。地址更新后订单会自动继续处理。"),
            },
            Self::AddressUndeliverable => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[MessageBuyer, CorrectAddress, ConfirmAddress, Retry, CancelAndRefund, Acknowledge],
                english: Text("the address is undeliverable", "If the address is right, confirm it. If not, correct it here \
                    or ask the buyer to correct it on TikTok; the order continues automatically once it changes."),
                chinese: Text("收货地址无法派送",
                    "如地址无误，请确认地址；如有误，请自行更正，或联系买家在 TikTok 更正。地址更新后订单会自动继续处理。"),
            },
            Self::AddressMismatch => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[MessageBuyer, CorrectAddress, ConfirmAddress, Retry, CancelAndRefund, Acknowledge],
                english: Text("the state and the postal code do not match", "If the address is right as it stands, confirm \
                    it. If not, correct it here or ask the buyer to; the order continues automatically once it changes."),
                chinese: Text("收货地址的州与邮编不符",
                    "州与邮编不一致。如地址无误，请确认地址；如有误，请自行更正，或向买家核实。地址更新后订单会自动继续处理。"),
            },
            Self::AddressUnprintable => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[MessageBuyer, CorrectAddress, ConfirmAddress, Retry, CancelAndRefund, Acknowledge],
                english: Text("the address cannot be printed on a label",
                    "Enter the address in Latin letters, confirm the part of it that can be printed, or ask the buyer."),
                chinese: Text("地址含面单无法打印的文字",
                    "请用拉丁字母填写地址，或确认可打印的部分，或联系买家。地址更新后订单会自动继续处理。"),
            },
            Self::WeightUnknown => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked, remedies: &[Retry, CancelAndRefund, Acknowledge],
                english: Text("a product's weight is unknown",
                    "Enter the product's package weight in Seller Center or import it, then retry the order."),
                chinese: Text("商品重量未知，无法购买面单",
                    "请在卖家中心填写商品的包裹重量，或导入重量表，然后对订单执行 retry。"),
            },
            Self::TooLargeForOneParcel => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked, remedies: &[Retry, CancelAndRefund, Acknowledge],
                english: Text("too large for one parcel", "Ship the order as several parcels in Seller Center. If the \
                    weight or size on file is wrong, correct it and retry the order."),
                chinese: Text("超出单个包裹的尺寸或重量上限",
                    "请在卖家中心分多个包裹发货；如重量或尺寸有误，请更正后对订单执行 retry。"),
            },
            Self::WarehouseUnknown => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked, remedies: &[Retry, CancelAndRefund, Acknowledge],
                english: Text("the warehouse has no address to ship from", "Complete the warehouse's address in Seller \
                    Center, connect the shop again, then retry the order."),
                chinese: Text("发货仓库地址缺失，无法购买面单",
                    "请在卖家中心补全仓库地址，重新授权店铺，然后对订单执行 retry。"),
            },
            Self::CustomsFormNeeded => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Retry, CorrectAddress, MessageBuyer, CancelAndRefund, Acknowledge],
                english: Text("a customs form is needed", "Enter what the form needs in the settings, then retry the order. \
                    Or ship it in Seller Center."),
                chinese: Text("需要报关单", "请在设置中填写报关所需信息，然后对订单执行 retry；或在卖家中心发货。"),
            },
            Self::OutOfStock => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Hold, Release, CancelAndRefund, MessageBuyer, Acknowledge],
                english: Text("out of stock", "Restock the product on TikTok, and the order continues automatically within \
                    an hour. Or cancel and refund it."),
                chinese: Text("缺货", "请在 TikTok 补充库存，一小时内订单会自动继续处理；或取消订单并退款。"),
            },

            Self::NoRate => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Retry, CorrectAddress, CancelAndRefund, Acknowledge],
                english: Text("no service can carry the parcel", "Change what excludes the services (the product's weight \
                    or size, the rate rules, the carrier accounts), then retry the order. If nothing can carry the parcel, \
                    ship it in Seller Center or cancel it."),
                chinese: Text("没有可用的物流服务", "请根据原因调整商品重量尺寸、运费规则或承运商账户，然后对订单执行 retry。\
                    如无任何服务可用，请在卖家中心发货或取消订单。"),
            },
            Self::ArrivesLate => Facts {
                priority: Notice, notify: LISTED, ends: WhenRateIsGivenUp, remedies: &[Rerate, MessageBuyer, Acknowledge],
                english: Text("no service arrives in time; the fastest was bought",
                    "Nothing to do: the fastest service was bought. You may want to tell the buyer."),
                chinese: Text("无法按时送达，已购买最快的服务", "无需处理：已购买最快的服务。可告知买家会晚到。"),
            },
            Self::PriceIncreased => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Rerate, Retry, CancelAndRefund, Acknowledge],
                english: Text("the label now costs more than quoted; it was not bought", "Rerate the order to accept today's \
                    price. If prices keep rising, raise the tolerance in the rate rules."),
                chinese: Text("面单价格高于报价，未购买",
                    "如接受现价，请对订单执行 rerate。如价格持续上涨，请在运费规则中提高允许的涨幅。"),
            },
            Self::PriceTooHigh => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Rerate, Retry, CancelAndRefund, Acknowledge],
                english: Text("every label costs more than the rate rules allow", "If the lowest price given as the reason \
                    is right, rerate the order to accept it. If the weight or size is wrong, correct it, or raise max_cost \
                    in the rate rules; then retry the order."),
                chinese: Text("所有面单价格均高于运费规则的上限，未购买", "如原因中的最低价格正确，请对订单执行 rerate 以接受该价格。\
                    如重量或尺寸有误，请更正；也可在运费规则中提高 max_cost，然后执行 retry。"),
            },
            // The label can be voided only until it is used.
            Self::Overcharged => Facts {
                priority: Notice, notify: EMAIL, ends: WhenShipmentIsOver, remedies: &[Void, Rerate, Acknowledge],
                english: Text("the carrier charged more than it quoted", "Compare the charge with the quote. The label can \
                    be voided until its tracking number is on TikTok."),
                chinese: Text("承运商收费高于报价", "请核对承运商的收费与报价。运单号上传到 TikTok 之前，可以作废面单。"),
            },
            Self::LabelNotAccepted => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Retry, CorrectAddress, CancelAndRefund, MessageBuyer, Acknowledge],
                english: Text("TikTok accepts none of the labels that could be bought", "Ship the order with a TikTok label \
                    in Seller Center. Or enable a carrier that TikTok accepts, then retry the order."),
                chinese: Text("TikTok 不接受任何可购买的面单",
                    "未购买面单。请在卖家中心使用 TikTok 面单发货；或启用 TikTok 接受的承运商，然后对订单执行 retry。"),
            },
            Self::PurchaseRefused => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Retry, Rerate, CancelAndRefund, Acknowledge],
                english: Text("the carrier refused to sell a label", "Nothing was bought. If the carrier names the balance or \
                    the account, fix that and retry the order. A label refused for another reason is not requested again: \
                    change the address or the items, enable another service and retry, or ship it in Seller Center."),
                chinese: Text("承运商拒绝出售面单", "面单未购买。如承运商指出余额或账户问题，请解决后执行 retry。\
                    其他被拒的面单不会再次购买：请更改地址或商品，或启用其他服务后执行 retry，或在卖家中心发货。"),
            },
            // As a rule the carrier's record shows within two minutes whether it sold.
            Self::PurchaseUnknown => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS.after_mins(10), ends: WhenPurchaseIsKnown,
                remedies: &[RuleOutPurchase, Acknowledge],
                english: Text("it is unknown whether a label was bought", "Nothing more is bought until this is known, which \
                    usually resolves itself. If it lasts, look up the shipment at the carrier."),
                chinese: Text("面单购买结果不明", "结果查明之前不会再次购买，通常会自动恢复。如持续不明，请到承运商后台查询该包裹。"),
            },
            // A label is issued within a minute; printed labels are what a packer waits for.
            Self::LabelNotIssued => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS, ends: ByTime, remedies: &[Acknowledge],
                english: Text("TikTok sold a label but has not issued it", "The label is paid for; Punctual asks for it every \
                    minute. If it does not arrive, print it in Seller Center or contact TikTok's seller support."),
                chinese: Text("TikTok 面单已购买但未生成", "面单已付费，系统每分钟重试获取。如仍未生成，请在卖家中心打印，或联系 TikTok 卖家支持。"),
            },
            Self::PreconditionMissing => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked, remedies: &[Retry, CancelAndRefund, Acknowledge],
                english: Text("TikTok requires another step before the order can ship", "Complete in Seller Center the step that the \
                    detail names (upload the invoice, enter the customs data), then retry the order."),
                chinese: Text("发货前须先在 TikTok 补全资料", "请按详情在卖家中心补全（如上传发票、填写清关资料），然后对订单执行 retry。"),
            },
            Self::ChangedAfterLabel => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenUnblocked,
                remedies: &[Rerate, Retry, Void, MessageBuyer, Acknowledge],
                english: Text("the address or the items changed after the label was bought", "Rerate the order to void its \
                    label and buy one for the new address or items. Or retry it to ship with the label it has."),
                chinese: Text("购买面单后地址或商品有变",
                    "如需换面单，请执行 rerate：原面单作废，并按新地址或新商品重新购买。如可用原面单发货，请执行 retry。"),
            },
            Self::VoidRefused => Facts {
                priority: Urgent, notify: EMAIL, ends: Never, remedies: &[Acknowledge],
                english: Text("the carrier refused to void a label", "Ask the carrier to refund the unused label."),
                chinese: Text("承运商未接受面单作废", "该面单未使用，请联系承运商退款。"),
            },
            Self::RefundOverdue => Facts {
                priority: Notice, notify: EMAIL, ends: ByStep, remedies: &[Acknowledge],
                english: Text("the refund for a voided label is overdue", "Ask the carrier for the refund."),
                chinese: Text("作废面单的退款逾期未到", "请联系承运商催办面单退款。"),
            },

            Self::ProviderUnknown => Facts {
                priority: Blocking, notify: EMAIL_AND_SMS, ends: WhenUnblocked,
                remedies: &[Retry, Rerate, Void, CancelAndRefund, Acknowledge],
                english: Text("TikTok lists no carrier that could take the order", "Allow a carrier in the delivery option in \
                    Seller Center, then retry the order: TikTok is asked again. If a label was bought already, rerate \
                    the order to buy one from another carrier."),
                chinese: Text("TikTok 的配送选项不支持可用的承运商", "请在卖家中心的配送选项中启用承运商，然后执行 retry，\
                    系统会重新查询 TikTok。如面单已购买，请执行 rerate 改买其他承运商的面单。"),
            },
            Self::UploadRefused => Facts {
                priority: Blocking, notify: EMAIL_AND_SMS, ends: WhenUnblocked, remedies: &[Rerate, Retry, Void, Acknowledge],
                english: Text("TikTok rejected the tracking number", "The label is paid for. Fix what TikTok names and retry \
                    the order; or rerate it to buy another label; or void the label and ship in Seller Center."),
                chinese: Text("运单号被 TikTok 拒绝", "面单已付款。请解决 TikTok 指出的问题后执行 retry；\
                    或执行 rerate 另购面单；或作废面单，在卖家中心发货。"),
            },
            // It puts the shop's valid tracking rate at risk, and the number can be edited for a short time only.
            Self::UploadWarning => Facts {
                priority: Notice, notify: EMAIL, ends: WhenShipmentIsOver, remedies: &[Acknowledge],
                english: Text("TikTok questions the tracking number", "Check the carrier and the tracking number in \
                    Seller Center, where they can be edited for 72 hours."),
                chinese: Text("TikTok 对运单号提出警告", "请在卖家中心核对承运商和运单号，72 小时内可以修改。"),
            },
            Self::ShippedElsewhere => Facts {
                priority: Urgent, notify: EMAIL, ends: WhenUnblocked, remedies: &[Void, Acknowledge],
                english: Text("shipped with a tracking number other than our label's", "If the other number is on the parcel, \
                    void our label. If ours is, correct the number in Seller Center."),
                chinese: Text("已用其他运单号发货，我方面单未使用",
                    "如包裹上是另一个运单号，请作废我方面单。如包裹上是我方面单，请在卖家中心更正运单号。"),
            },
            Self::NotScanned => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS.each_minute(), ends: ByTime,
                remedies: &[AskCarrier, MessageBuyer, Acknowledge],
                english: Text("no carrier scan, and the collection deadline is 6 hours away", "Hand the parcel over and have \
                    it scanned. If that is done, ask the carrier for the scan."),
                chinese: Text("距揽收截止不足 6 小时，承运商仍未扫描", "请尽快交寄并让承运商扫描。如已交寄，请联系承运商补扫。"),
            },
            Self::TrackingStalled => Facts {
                priority: Blocking, notify: EMAIL, ends: ByTime, remedies: &[AskCarrier, MessageBuyer, Acknowledge],
                english: Text("no tracking update for 72 hours", "Ask the carrier where the parcel is, and tell the buyer."),
                chinese: Text("72 小时无物流更新", "请向承运商查询包裹下落，并告知买家。"),
            },
            Self::ParcelReturned => Facts {
                priority: Blocking, notify: EMAIL, ends: ByStep, remedies: &[AskCarrier, MessageBuyer, Acknowledge],
                english: Text("the parcel is being returned or could not be delivered",
                    "Ask the buyer for a correct address, then ship again or refund."),
                chinese: Text("包裹未能投递或正在退回", "请向买家索取正确地址，然后重新发货或退款。"),
            },

            Self::CancelRequested => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS, ends: WhenOrderIsUploaded,
                remedies: &[ApproveCancellation, RefuseCancellation, MessageBuyer, Acknowledge],
                english: Text("the buyer asked to cancel and is waiting for an answer", "Approve or refuse the cancellation. \
                    Until then nothing is bought or uploaded for the order."),
                chinese: Text("买家申请取消，等待答复", "请同意或拒绝取消申请。答复之前不会购买面单，也不会上传运单号。"),
            },
            Self::CancellationResponseDue => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS.each_minute(), ends: ByTime,
                remedies: &[ApproveCancellation, RefuseCancellation, MessageBuyer, Acknowledge],
                english: Text("the answer to a cancellation request is due soon",
                    "Approve or refuse the cancellation now: without an answer TikTok decides."),
                chinese: Text("取消申请须尽快答复", "请立即同意或拒绝取消申请，逾期由 TikTok 决定。"),
            },
            Self::CancelledAfterScan => Facts {
                priority: Urgent, notify: EMAIL, ends: Never, remedies: &[AskCarrier, MessageBuyer, Acknowledge],
                english: Text("cancelled when the parcel was already on its way", "Ask the carrier to stop or return the \
                    parcel: the buyer is refunded and would get it for free."),
                chinese: Text("包裹运输途中订单被取消", "买家已获退款，请联系承运商拦截或退回包裹。"),
            },
            Self::BuyerAsksWhereOrderIs => Facts {
                priority: Urgent, notify: EMAIL, ends: WhenOrderIsDispatched,
                remedies: &[MessageBuyer, MarkUrgent, AskCarrier, Acknowledge],
                english: Text("the buyer asks when the order will ship",
                    "Ship the order and answer the buyer, or tell them when it will ship."),
                chinese: Text("买家催发货", "请尽快发货并回复买家，或告知预计发货时间。"),
            },
            Self::BuyerReportsWrongAddress => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenOrderIsDispatched,
                remedies: &[CorrectAddress, MessageBuyer, Hold, Release, Void, Acknowledge],
                english: Text("the buyer wrote that the address is wrong", "Read the chat, then correct the address here or \
                    ask the buyer to change it on TikTok. Unless you hold the order, it ships to the address it has."),
                chinese: Text("买家留言称地址有误",
                    "请查看聊天记录，自行更正地址，或请买家在 TikTok 修改。如不暂停订单，将按原地址发货。"),
            },
            Self::BuyerWantsToCancel => Facts {
                priority: Blocking, notify: EMAIL, ends: WhenOrderIsDispatched,
                remedies: &[CancelAndRefund, MessageBuyer, Hold, Release, Void, Acknowledge],
                english: Text("the buyer wrote that they want to cancel", "Cancel and refund the order, or ask the buyer to \
                    cancel it on TikTok. Unless you hold it, it ships."),
                chinese: Text("买家留言要求取消", "请取消订单并退款，或请买家在 TikTok 申请取消。如不暂停订单，将照常发货。"),
            },

            Self::NotSupported => Facts {
                priority: Blocking, notify: EMAIL, ends: ByStep, remedies: &[CancelAndRefund, MessageBuyer, Acknowledge],
                english: Text("Punctual cannot ship this kind of order", "Ship the order in Seller Center."),
                chinese: Text("Punctual 无法处理此类订单", "请在卖家中心处理并发货。"),
            },
            Self::RouteUnknown => Facts {
                priority: Blocking, notify: EMAIL, ends: OfOrder, remedies: &[CancelAndRefund, MessageBuyer, Acknowledge],
                english: Text("TikTok does not say who ships the order", "No label is bought. Check in Seller Center who \
                    ships the order, and ship it there if it is you. It continues automatically once TikTok says who does."),
                chinese: Text("TikTok 未说明由谁发货",
                    "面单未购买。请在卖家中心查看由谁发货；如由您发货，请在卖家中心操作。TikTok 说明后订单会自动继续处理。"),
            },
            Self::DispatchMissed => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS.each_minute(), ends: ByTime,
                remedies: &[Retry, Release, MarkUrgent, Rerate, MessageBuyer, CancelAndRefund, Acknowledge],
                english: Text("the dispatch deadline has passed", "Ship it now, or cancel it before TikTok does."),
                chinese: Text("已超过发货截止时间", "请立即发货，或在 TikTok 自动取消之前取消订单。"),
            },
            Self::NotLabelled => Facts {
                priority: Blocking, notify: EMAIL, ends: ByTime,
                remedies: &[Retry, Release, MarkUrgent, Rerate, MessageBuyer, CancelAndRefund, Acknowledge],
                english: Text("paid 48 hours ago and still without a label",
                    "Check the order's stage and its other exceptions for what holds it up."),
                chinese: Text("付款 48 小时后仍无面单", "请查看订单所处阶段和其他异常，找出滞留原因。"),
            },
            // Opens after nearly two minutes, and usually passes.
            Self::ServiceUnavailable => Facts {
                priority: Blocking, notify: EMAIL.after_mins(8), ends: WhenOutageEnds, remedies: &[Acknowledge],
                english: Text("an outside service has been failing for about 10 minutes", "Punctual keeps trying and \
                    continues by itself. If it lasts, check the service's status page and your account there, and ship \
                    urgent orders in Seller Center."),
                chinese: Text("外部服务已中断约 10 分钟", "系统会自动重试，恢复后订单会继续处理。\
                    如持续中断，请查看该服务的状态页和您的账户，紧急订单请在卖家中心发货。"),
            },
            Self::Stuck => Facts {
                priority: Blocking, notify: EMAIL.after_mins(8), ends: WhenUnstuck, remedies: &[Acknowledge],
                english: Text("the order has not moved for about 10 minutes",
                    "Punctual keeps trying. If it lasts, have the log and the dead letters checked for the order."),
                chinese: Text("约 10 分钟没有进展", "系统会自动重试。如仍无进展，请让技术人员检查该订单的日志和死信队列。"),
            },

            Self::ShopUnauthorized => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS, ends: WhenOutageEnds, remedies: &[],
                english: Text("the shop has to be connected again",
                    "Connect the shop again. Its orders then continue automatically."),
                chinese: Text("店铺授权已失效，须重新授权", "请重新授权店铺，之后订单会自动继续处理。"),
            },
            Self::ShopNotAllowed => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS, ends: WhenOutageEnds, remedies: &[],
                english: Text("a shop was connected that is not on the list of allowed shops", "If the shop is yours, add its \
                    ID to allowed_shops in the settings. If not, disconnect it."),
                chinese: Text("已连接的店铺不在允许名单中",
                    "如果是您的店铺，请将其 ID 加入设置中的 allowed_shops；如果不是，请断开连接。"),
            },
            Self::AuthorizationEnding => Facts {
                priority: Blocking, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("the shop's authorization expires soon",
                    "Connect the shop again before the authorization expires."),
                chinese: Text("店铺授权即将到期", "请在授权到期前重新授权店铺。"),
            },
            Self::TokenRefreshFailing => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS.each_minute(), ends: OfShop, remedies: &[],
                english: Text("the shop's tokens cannot be refreshed",
                    "Check TikTok's status page. If it lasts, connect the shop again."),
                chinese: Text("店铺令牌无法刷新", "请查看 TikTok 的服务状态。如持续失败，请重新授权店铺。"),
            },
            Self::NoNewOrders => Facts {
                priority: Blocking, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("no new orders for much longer than usual",
                    "Check in Seller Center that the shop and its products are live."),
                chinese: Text("长时间没有新订单，远超平常", "请在卖家中心确认店铺和商品是否正常上架。"),
            },
            Self::WebhooksMissed => Facts {
                priority: Notice, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("TikTok's webhooks do not arrive", "Check the webhook URL in Partner Center and the log of \
                    its deliveries. Meanwhile orders are found by polling."),
                chinese: Text("收不到 TikTok 的消息推送",
                    "请在 Partner Center 检查 Webhook 地址和推送记录。在此期间，系统通过轮询获取订单。"),
            },
            Self::OrderSearchUnreliable => Facts {
                priority: Blocking, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("TikTok's order search cannot be read to its end", "Check TikTok's status page. New orders are \
                    still found, and what could not be read is read again automatically."),
                chinese: Text("TikTok 的订单搜索无法完整读取",
                    "请查看 TikTok 的服务状态。新订单仍会被发现；未能读取的部分会自动重试。"),
            },
            // An order that was just placed may show late.
            Self::OrdersUnreadable => Facts {
                priority: Blocking, notify: EMAIL.after_mins(5).each_minute(), ends: OfShop, remedies: &[],
                english: Text("some orders cannot be read from TikTok",
                    "If these orders are urgent, ship them in Seller Center. Punctual keeps trying to read them."),
                chinese: Text("部分订单无法从 TikTok 读取", "紧急订单请在卖家中心发货。系统会自动重新读取这些订单。"),
            },
            // It opens after ten minutes, so that an outage that passes is not told.
            Self::ConversationsUnreadable => Facts {
                priority: Notice, notify: EMAIL, ends: OfShop, remedies: &[],
                english: Text("some conversations with buyers cannot be read from TikTok",
                    "Read these conversations in the Seller Center: the buyer may ask to cancel or correct the address."),
                chinese: Text("部分买家会话无法从 TikTok 读取", "请在卖家中心查看这些会话：买家可能要求取消订单或更正地址。"),
            },
            Self::CarrierSuspended => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS.each_minute(), ends: OfShop, remedies: &[],
                english: Text("a carrier's labels were refused several times in a row; buying is paused", "Fix the cause at \
                    the carrier or at TikTok, then retry an order that waits for it. Meanwhile other carriers are used."),
                chinese: Text("某承运商的面单连续被拒，已暂停购买",
                    "请在承运商或 TikTok 处解决原因，然后对等待的订单执行 retry。在此期间使用其他承运商。"),
            },

            // A rotated secret takes a moment to reach every process.
            Self::AppRefused => Facts {
                priority: Urgent, notify: EMAIL_AND_SMS.after_mins(5).each_minute(), ends: OfShop, remedies: &[],
                english: Text("TikTok rejects our calls", "Check the app's key and secret, this machine's clock, and the app in \
                    Partner Center. Orders wait, and continue automatically once TikTok accepts calls again."),
                chinese: Text("TikTok 拒绝我方的调用", "请检查应用的 key 和 secret、本机时钟，以及 Partner Center 中的应用状态。\
                    订单会等待，TikTok 恢复接受调用后自动继续处理。"),
            },
            Self::ClockWrong => Facts {
                priority: Blocking, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("this machine's clock is wrong", "Set this machine's clock and keep it in sync with NTP."),
                chinese: Text("本机时钟不准", "请校准本机时钟，并启用 NTP 自动同步。"),
            },
            Self::DeadLetters => Facts {
                priority: Blocking, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("messages failed permanently after repeated attempts",
                    "Check the dead letters and the log, fix the cause, then move the messages back."),
                chinese: Text("有消息多次处理失败，已停止重试", "请检查死信队列和日志，排除故障后将消息移回队列。"),
            },
            // Only listed: nobody can be notified that nobody is. The operator's metric shows it.
            Self::AlarmUndelivered => Facts {
                priority: Urgent, notify: LISTED, ends: OfShop, remedies: &[],
                english: Text("an alarm has reached nobody", "Fix what keeps messages from being sent, or add a recipient to the \
                    settings; alarms that still apply are then sent automatically. Until then check the list."),
                chinese: Text("有警报未能送达任何人",
                    "请排除消息发送故障，或在设置中添加收件人；仍然有效的警报随后会自动发送。"),
            },
            Self::RecipientNotSubscribed => Facts {
                priority: Urgent, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("a recipient does not receive alarms by e-mail", "Have the recipient subscribe to the alarm topic \
                    and confirm the subscription, or remove them from the settings."),
                chinese: Text("有收件人无法通过邮件收到警报", "请让该收件人订阅警报主题并确认，或将其从设置中移除。"),
            },
            Self::RecordsUnreadable => Facts {
                priority: Blocking, notify: EMAIL.daily(), ends: OfShop, remedies: &[],
                english: Text("stored records cannot be read", "Nothing is done for them meanwhile: ship urgent orders in \
                    Seller Center. If Punctual was rolled back, start the newer version again; otherwise restore a backup."),
                chinese: Text("有已存储的记录无法读取", "这些记录暂不处理：紧急订单请在卖家中心发货。\
                    如 Punctual 刚回退到旧版本，请重新启动新版本；否则请恢复备份。"),
            },
            Self::SettingsRejected => Facts {
                priority: Urgent, notify: EMAIL.each_minute(), ends: OfShop, remedies: &[],
                english: Text("the settings cannot be used", "Orders are shipped with the settings and rules that were used \
                    before. Fix what the detail names, check it with punctual check-settings, and restart the host."),
                chinese: Text("设置无法使用", "订单仍按之前的设置和规则处理。请修正详情所指之处，\
                    用 punctual check-settings 检查后重启主机。"),
            },
        }
    }
}
