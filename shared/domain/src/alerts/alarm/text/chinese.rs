//! The words of an alarm in Chinese.

use super::hours;
use crate::alarm::AlarmKind;
use crate::exception::ExceptionKind;

/// What happened, in one line without a full stop.
pub(super) fn headline(kind: AlarmKind, count: usize) -> String {
    let kind = match kind {
        AlarmKind::Dispatch(level) => return format!("{count} 单须在 {} 小时内发货", hours(level)),
        AlarmKind::Exception(kind) => kind,
    };
    let what = match kind {
        ExceptionKind::AddressIncomplete => "收货地址不完整",
        ExceptionKind::AddressUndeliverable => "收货地址无法派送",
        ExceptionKind::AddressMismatch => "收货地址的州与邮编不符",
        ExceptionKind::ChangedAfterLabel => "购买面单后地址或商品有变",
        ExceptionKind::WeightUnknown => "商品重量未知，无法购买面单",
        ExceptionKind::WarehouseUnknown => "发货仓库地址缺失，无法购买面单",
        ExceptionKind::NoRate => "没有可用的物流服务",
        ExceptionKind::ArrivesLate => "无法按时送达，已购买最快的服务",
        ExceptionKind::PriceIncreased => "面单价格高于报价，未购买",
        ExceptionKind::PriceTooHigh => "所有面单价格均高于运费规则的上限，未购买",
        ExceptionKind::Overcharged => "承运商收费高于报价",
        ExceptionKind::PurchaseRefused => "承运商拒绝出售面单",
        ExceptionKind::PurchaseUnknown => "面单购买结果不明",
        ExceptionKind::VoidRefused => "承运商未接受面单作废",
        ExceptionKind::ProviderUnknown => "TikTok 的配送选项不支持可用的承运商",
        ExceptionKind::UploadRefused => "运单号被 TikTok 拒绝",
        ExceptionKind::UploadWarning => "TikTok 对运单号提出警告",
        ExceptionKind::ShippedElsewhere => "已用其他运单号发货，我方面单未使用",
        ExceptionKind::CancelRequested => "买家申请取消，等待答复",
        ExceptionKind::CancelledAfterScan => "包裹运输途中订单被取消",
        ExceptionKind::NotSupported => "Punctual 无法处理此类订单",
        ExceptionKind::RouteUnknown => "TikTok 未说明由谁发货",
        ExceptionKind::ServiceUnavailable => "外部服务已中断约 10 分钟",
        ExceptionKind::Stuck => "约 10 分钟没有进展",
        ExceptionKind::DispatchMissed => "已超过发货截止时间",
        ExceptionKind::NotLabelled => "付款 48 小时后仍无面单",
        ExceptionKind::NotScanned => "距揽收截止不足 6 小时，承运商仍未扫描",
        ExceptionKind::TrackingStalled => "72 小时无物流更新",
        ExceptionKind::ParcelReturned => "包裹未能投递或正在退回",
        ExceptionKind::BuyerAsksWhereOrderIs => "买家催发货",
        ExceptionKind::CancellationResponseDue => "取消申请须尽快答复",
        ExceptionKind::BuyerReportsWrongAddress => "买家留言称地址有误",
        ExceptionKind::BuyerWantsToCancel => "买家留言要求取消",
        ExceptionKind::OutOfStock => "缺货",
        ExceptionKind::RefundOverdue => "作废面单的退款逾期未到",
        ExceptionKind::ShopUnauthorized => "店铺授权已失效，须重新授权",
        ExceptionKind::AuthorizationEnding => "店铺授权即将到期",
        ExceptionKind::TokenRefreshFailing => "店铺令牌无法刷新",
        ExceptionKind::NoNewOrders => "长时间没有新订单，远超平常",
        ExceptionKind::WebhooksMissed => "收不到 TikTok 的消息推送",
        ExceptionKind::LabelNotAccepted => "TikTok 不接受任何可购买的面单",
        ExceptionKind::CarrierSuspended => "某承运商的面单连续被拒，已暂停购买",
        ExceptionKind::ShopNotAllowed => "已连接的店铺不在允许名单中",
        ExceptionKind::AddressUnprintable => "地址含面单无法打印的文字",
        ExceptionKind::CustomsFormNeeded => "需要报关单",
        ExceptionKind::TooLargeForOneParcel => "超出单个包裹的尺寸或重量上限",
        ExceptionKind::OrderSearchUnreliable => "TikTok 的订单搜索无法完整读取",
        ExceptionKind::AppRefused => "TikTok 拒绝我方的调用",
        ExceptionKind::OrdersUnreadable => "部分订单无法从 TikTok 读取",
        ExceptionKind::ClockWrong => "本机时钟不准",
        ExceptionKind::DeadLetters => "有消息多次处理失败，已停止重试",
        ExceptionKind::AlarmUndelivered => "有警报未能送达任何人",
        ExceptionKind::RecipientNotSubscribed => "有收件人无法通过邮件收到警报",
        ExceptionKind::RecordsUnreadable => "有已存储的记录无法读取",
    };
    match count {
        // It is about the shop.
        0 => what.to_owned(),
        _ => format!("{count} 单：{what}"),
    }
}

/// What can be done about it.
pub(super) fn advice(kind: AlarmKind) -> &'static str {
    let kind = match kind {
        AlarmKind::Dispatch(_) => {
            return "请尽快发货，或在列表中查看滞留原因。确认订单后不再提醒其截止时间。";
        }
        AlarmKind::Exception(kind) => kind,
    };
    match kind {
        ExceptionKind::AddressIncomplete => {
            "请联系买家在 TikTok 补全地址，或自行更正地址。地址更新后订单会自动继续处理。"
        }
        ExceptionKind::AddressUndeliverable => {
            "如地址无误，请确认地址；如有误，请自行更正，或联系买家在 TikTok 更正。地址更新后订单会自动继续处理。"
        }
        ExceptionKind::AddressMismatch => {
            "州与邮编不一致。如地址无误，请确认地址；如有误，请自行更正，或向买家核实。地址更新后订单会自动继续处理。"
        }
        ExceptionKind::ChangedAfterLabel => {
            "如需换面单，请执行 rerate：原面单作废，并按新地址或新商品重新购买。如可用原面单发货，请执行 retry。"
        }
        ExceptionKind::WeightUnknown => {
            "请在卖家中心填写商品的包裹重量，或导入重量表，然后对订单执行 retry。"
        }
        ExceptionKind::WarehouseUnknown => "请在卖家中心补全仓库地址，重新授权店铺，然后对订单执行 retry。",
        ExceptionKind::NoRate => {
            "请根据原因调整商品重量尺寸、运费规则或承运商账户，然后对订单执行 retry。如无任何服务可用，请在卖家中心发货或取消订单。"
        }
        ExceptionKind::ArrivesLate => "无需处理：已购买最快的服务。可告知买家会晚到。",
        ExceptionKind::PriceIncreased => {
            "如接受现价，请对订单执行 rerate。如价格持续上涨，请在运费规则中提高允许的涨幅。"
        }
        ExceptionKind::PriceTooHigh => {
            "如原因中的最低价格正确，请对订单执行 rerate 以接受该价格。如重量或尺寸有误，请更正；也可在运费规则中提高 max_cost，然后执行 retry。"
        }
        ExceptionKind::Overcharged => "请核对承运商的收费与报价。运单号上传到 TikTok 之前，可以作废面单。",
        ExceptionKind::PurchaseRefused => {
            "面单未购买。如承运商指出余额或账户问题，请解决后执行 retry。其他被拒的面单不会再次购买：请更改地址或商品，或启用其他服务后执行 retry，或在卖家中心发货。"
        }
        ExceptionKind::PurchaseUnknown => {
            "结果查明之前不会再次购买，通常会自动恢复。如持续不明，请到承运商后台查询该包裹。"
        }
        ExceptionKind::VoidRefused => "该面单未使用，请联系承运商退款。",
        ExceptionKind::ProviderUnknown => {
            "请在卖家中心的配送选项中启用承运商，然后执行 retry，系统会重新查询 TikTok。如面单已购买，请执行 rerate 改买其他承运商的面单。"
        }
        ExceptionKind::UploadRefused => {
            "面单已付款。请解决 TikTok 指出的问题后执行 retry；或执行 rerate 另购面单；或作废面单，在卖家中心发货。"
        }
        ExceptionKind::UploadWarning => "请在卖家中心核对承运商和运单号，72 小时内可以修改。",
        ExceptionKind::ShippedElsewhere => {
            "如包裹上是另一个运单号，请作废我方面单。如包裹上是我方面单，请在卖家中心更正运单号。"
        }
        ExceptionKind::CancelRequested => "请同意或拒绝取消申请。答复之前不会购买面单，也不会上传运单号。",
        ExceptionKind::CancelledAfterScan => "买家已获退款，请联系承运商拦截或退回包裹。",
        ExceptionKind::NotSupported => "请在卖家中心处理并发货。",
        ExceptionKind::RouteUnknown => {
            "面单未购买。请在卖家中心查看由谁发货；如由您发货，请在卖家中心操作。TikTok 说明后订单会自动继续处理。"
        }
        ExceptionKind::ServiceUnavailable => {
            "系统会自动重试，恢复后订单会继续处理。如持续中断，请查看该服务的状态页和您的账户，紧急订单请在卖家中心发货。"
        }
        ExceptionKind::Stuck => "系统会自动重试。如仍无进展，请让技术人员检查该订单的日志和死信队列。",
        ExceptionKind::DispatchMissed => "请立即发货，或在 TikTok 自动取消之前取消订单。",
        ExceptionKind::NotLabelled => "请查看订单所处阶段和其他异常，找出滞留原因。",
        ExceptionKind::NotScanned => "请尽快交寄并让承运商扫描。如已交寄，请联系承运商补扫。",
        ExceptionKind::TrackingStalled => "请向承运商查询包裹下落，并告知买家。",
        ExceptionKind::ParcelReturned => "请向买家索取正确地址，然后重新发货或退款。",
        ExceptionKind::BuyerAsksWhereOrderIs => "请尽快发货并回复买家，或告知预计发货时间。",
        ExceptionKind::CancellationResponseDue => "请立即同意或拒绝取消申请，逾期由 TikTok 决定。",
        ExceptionKind::BuyerReportsWrongAddress => {
            "请查看聊天记录，自行更正地址，或请买家在 TikTok 修改。如不暂停订单，将按原地址发货。"
        }
        ExceptionKind::BuyerWantsToCancel => {
            "请取消订单并退款，或请买家在 TikTok 申请取消。如不暂停订单，将照常发货。"
        }
        ExceptionKind::OutOfStock => "请在 TikTok 补充库存，一小时内订单会自动继续处理；或取消订单并退款。",
        ExceptionKind::RefundOverdue => "请联系承运商催办面单退款。",
        ExceptionKind::ShopUnauthorized => "请重新授权店铺，之后订单会自动继续处理。",
        ExceptionKind::AuthorizationEnding => "请在授权到期前重新授权店铺。",
        ExceptionKind::TokenRefreshFailing => "请查看 TikTok 的服务状态。如持续失败，请重新授权店铺。",
        ExceptionKind::NoNewOrders => "请在卖家中心确认店铺和商品是否正常上架。",
        ExceptionKind::WebhooksMissed => {
            "请在 Partner Center 检查 Webhook 地址和推送记录。在此期间，系统通过轮询获取订单。"
        }
        ExceptionKind::LabelNotAccepted => {
            "未购买面单。请在卖家中心使用 TikTok 面单发货；或启用 TikTok 接受的承运商，然后对订单执行 retry。"
        }
        ExceptionKind::CarrierSuspended => {
            "请在承运商或 TikTok 处解决原因，然后对等待的订单执行 retry。在此期间使用其他承运商。"
        }
        ExceptionKind::ShopNotAllowed => {
            "如果是您的店铺，请将其 ID 加入设置中的 allowed_shops；如果不是，请断开连接。"
        }
        ExceptionKind::AddressUnprintable => {
            "请用拉丁字母填写地址，或确认可打印的部分，或联系买家。地址更新后订单会自动继续处理。"
        }
        ExceptionKind::CustomsFormNeeded => {
            "请在设置中填写报关所需信息，然后对订单执行 retry；或在卖家中心发货。"
        }
        ExceptionKind::TooLargeForOneParcel => {
            "请在卖家中心分多个包裹发货；如重量或尺寸有误，请更正后对订单执行 retry。"
        }
        ExceptionKind::OrderSearchUnreliable => {
            "请查看 TikTok 的服务状态。新订单仍会被发现；未能读取的部分会自动重试。"
        }
        ExceptionKind::AppRefused => {
            "请检查应用的 key 和 secret、本机时钟，以及 Partner Center 中的应用状态。订单会等待，TikTok 恢复接受调用后自动继续处理。"
        }
        ExceptionKind::OrdersUnreadable => "紧急订单请在卖家中心发货。系统会自动重新读取这些订单。",
        ExceptionKind::ClockWrong => "请校准本机时钟，并启用 NTP 自动同步。",
        ExceptionKind::DeadLetters => "请检查死信队列和日志，排除故障后将消息移回队列。",
        ExceptionKind::AlarmUndelivered => {
            "请排除消息发送故障，或在设置中添加收件人；仍然有效的警报随后会自动发送。"
        }
        ExceptionKind::RecipientNotSubscribed => "请让该收件人订阅警报主题并确认，或将其从设置中移除。",
        ExceptionKind::RecordsUnreadable => {
            "这些记录暂不处理：紧急订单请在卖家中心发货。如 Punctual 刚回退到旧版本，请重新启动新版本；否则请恢复备份。"
        }
    }
}
