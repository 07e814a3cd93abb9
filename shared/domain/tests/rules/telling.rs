//! An alarm is told once a recipient and channel, whatever becomes of its messages.

use domain::alarm::{Alarm, AlarmKind, Cause, Level, Phase, Told, words};
use domain::exception::ExceptionKind;
use domain::recipient::{Channel, Language, QuietHours, Recipient};
use domain::{OrderId, Private, RecipientId, ShopId, Timestamp};
use jiff::SignedDuration;
use jiff::civil::{date, time};
use jiff::tz::TimeZone;

use crate::support::at;

fn ann() -> Recipient {
    Recipient {
        id: RecipientId::new("ann"),
        name: None,
        language: Language::English,
        email: Some(Private::from("ann@example.com")),
        phone: Some(Private::from("+14155550100")),
        channels: None,
        quiet: None,
        sms_consent: Some(date(2026, 1, 1)),
        call_consent: Some(date(2026, 1, 1)),
    }
}

fn alarm(kind: AlarmKind, recipients: &[Recipient], now: Timestamp) -> Alarm {
    let mut alarm = Alarm::gather(ShopId::new("7495"), kind, vec![OrderId::new("1"), OrderId::new("2")], now);
    assert!(matches!(alarm.phase, Phase::Gathering { .. }));
    alarm.tell(vec![OrderId::new("1")], Some(at(21_600)), recipients, now);
    alarm
}

fn channels(alarm: &Alarm) -> Vec<Channel> {
    alarm.deliveries.iter().map(|delivery| delivery.channel).collect()
}

const SIX_HOURS: AlarmKind = AlarmKind::Dispatch(Level::SixHours);

#[test]
fn each_level_has_its_channels() {
    use Channel::{Call, Email, Sms};
    for (level, expected) in
        [(Level::Day, vec![Email]), (Level::HalfDay, vec![Email, Sms]), (Level::SixHours, vec![Sms, Call])]
    {
        assert_eq!(channels(&alarm(AlarmKind::Dispatch(level), &[ann()], at(0))), expected);
    }
}

#[test]
fn nobody_is_called_without_consent_and_nobody_is_left_out() {
    let recipients = [
        Recipient { id: RecipientId::new("no-calls"), call_consent: None, ..ann() },
        Recipient { id: RecipientId::new("no-phone"), phone: None, ..ann() },
        Recipient { id: RecipientId::new("mail-only"), channels: Some(vec![Channel::Email]), ..ann() },
    ];
    assert_eq!(
        channels(&alarm(SIX_HOURS, &recipients, at(0))),
        [Channel::Sms, Channel::Email, Channel::Email]
    );
}

#[test]
fn in_quiet_hours_an_e_mail_takes_the_place() {
    let quiet = QuietHours { from: time(22, 0, 0, 0), to: time(7, 0, 0, 0), zone: "America/New_York".into() };
    let recipients = [Recipient { quiet: Some(quiet), ..ann() }];
    let at_night = "2026-11-24T08:00:00Z".parse().unwrap();
    let by_day = "2026-11-24T15:00:00Z".parse().unwrap();
    assert_eq!(channels(&alarm(SIX_HOURS, &recipients, at_night)), [Channel::Email]);
    assert_eq!(channels(&alarm(SIX_HOURS, &recipients, by_day)), [Channel::Sms, Channel::Call]);
}

#[test]
fn a_message_is_claimed_once_and_a_lost_answer_is_not_sent_again() {
    let recipients = [ann()];
    let mut alarm = alarm(SIX_HOURS, &recipients, at(0));
    let sms = alarm.claim(at(0)).unwrap();
    let call = alarm.claim(at(0)).unwrap();
    assert_eq!((sms.channel, call.channel), (Channel::Sms, Channel::Call));
    assert_eq!(alarm.claim(at(0)), None);
    alarm.answered(&call.delivery, Told::Unknown, &recipients, at(1));
    assert_eq!(alarm.claim(at(1)), None, "the text message may still come");
    // Whoever sent the text message died.
    assert_eq!(alarm.next_at(), Some(at(30)));
    alarm.expire(&recipients, at(30));
    let other = alarm.claim(at(30)).unwrap();
    assert_eq!(other.channel, Channel::Email, "told over the channel that was not used");
    alarm.answered(&other.delivery, Told::Sent, &recipients, at(31));
    assert_eq!((&alarm.phase, alarm.next_at()), (&Phase::Done, None));
    alarm.answered(&sms.delivery, Told::Sent, &recipients, at(40));
    assert_eq!(channels(&alarm), [Channel::Sms, Channel::Call, Channel::Email]);
}

#[test]
fn a_message_that_was_not_sent_is_tried_for_half_an_hour() {
    let recipients = [Recipient { phone: None, ..ann() }];
    let mut alarm = alarm(AlarmKind::Dispatch(Level::Day), &recipients, at(0));
    let not_sent = || Told::NotSent { reason: "throttled".into(), after: SignedDuration::ZERO };
    let mut now = at(0);
    let mut tries = 0;
    while let Some(next) = alarm.next_at() {
        now = next.max(now);
        let claim = alarm.claim(now).unwrap();
        assert_eq!(claim.delivery.as_str(), format!("{}/ann/email", alarm.id));
        alarm.answered(&claim.delivery, not_sent(), &recipients, now);
        tries += 1;
        assert!(tries < 100);
    }
    let minutes = now.duration_since(at(0)).as_mins();
    assert!((30..=32).contains(&minutes) && tries > 20, "{tries} tries in {minutes} minutes");
    assert_eq!(alarm.phase, Phase::Done);
}

#[test]
fn a_call_that_was_handed_on_is_made_once() {
    let recipients = [ann()];
    let mut alarm = alarm(SIX_HOURS, &recipients, at(0));
    let sms = alarm.claim(at(0)).unwrap();
    let call = alarm.claim(at(0)).unwrap();
    alarm.answered(&sms.delivery, Told::Refused { reason: "opted out".into() }, &recipients, at(0));
    // The event is faster than the commit of whoever published it, and comes twice.
    assert!(alarm.claim_call(&call.delivery, at(1)).is_some());
    assert!(alarm.claim_call(&call.delivery, at(1)).is_none());
    alarm.answered(&call.delivery, Told::HandedOn, &recipients, at(1));
    assert!(alarm.claim_call(&call.delivery, at(1)).is_none());
    alarm.call_answered(&call.delivery, Told::Sent, &recipients, at(2));
    assert_eq!(alarm.phase, Phase::Done);
    assert!(alarm.claim_call(&call.delivery, at(3)).is_none());
    assert!(alarm.claim_call(&sms.delivery, at(3)).is_none(), "a text message is no call");
}

#[test]
fn a_call_that_nobody_began_is_told_otherwise() {
    let recipients = [Recipient { sms_consent: None, ..ann() }];
    let mut alarm = alarm(SIX_HOURS, &recipients, at(0));
    let call = alarm.claim(at(0)).unwrap();
    alarm.answered(&call.delivery, Told::HandedOn, &recipients, at(0));
    let until = alarm.next_at().unwrap();
    alarm.expire(&recipients, until);
    assert!(alarm.claim_call(&call.delivery, until).is_none(), "an event that comes now comes too late");
    assert_eq!(alarm.claim(until).unwrap().channel, Channel::Email);
}

#[test]
fn an_alarm_without_orders_is_none_unless_it_is_about_the_shop() {
    let mut none = Alarm::gather(ShopId::new("7495"), SIX_HOURS, vec![OrderId::new("1")], at(0));
    none.tell(Vec::new(), None, &[ann()], at(0));
    assert_eq!((none.phase, none.deliveries.len()), (Phase::Done, 0));
    let kind = AlarmKind::Exception(ExceptionKind::ShopSilent);
    let mut shop = Alarm::gather(ShopId::new("7495"), kind, Vec::new(), at(0));
    shop.tell(Vec::new(), None, &[ann()], at(0));
    assert_eq!(channels(&shop), [Channel::Email]);
}

/// One alarm a span: what falls due later in it waits for the next one.
#[test]
fn a_steady_trickle_is_a_message_a_quarter_of_an_hour() {
    let quarter = Timestamp::from_second(1_790_000_100).unwrap();
    assert_eq!(quarter.as_second() % 900, 0);
    let id = |kind, minutes| {
        let now = quarter.saturating_add(SignedDuration::from_mins(minutes)).unwrap();
        let alarm = Alarm::gather(ShopId::new("7495"), kind, vec![OrderId::new("1")], now);
        assert_eq!(alarm.minute, now);
        alarm.id
    };
    let no_rate = AlarmKind::Exception(ExceptionKind::NoRate);
    assert_eq!(id(no_rate, 0), id(no_rate, 14));
    assert_ne!(id(no_rate, 14), id(no_rate, 15));
    for at_once in [SIX_HOURS, AlarmKind::Exception(ExceptionKind::DispatchMissed)] {
        assert_ne!(id(at_once, 0), id(at_once, 1));
    }
    for &kind in ExceptionKind::ALL {
        let seconds = kind.told_every().as_secs();
        let in_step = 3_600 % seconds == 0 || seconds == 86_400;
        assert!(seconds % 60 == 0 && in_step, "{kind:?}: whole minutes, in step with the hour, or a day");
    }
}

#[test]
fn an_e_mail_says_why_and_what_to_do() {
    let mut told = alarm(AlarmKind::Exception(ExceptionKind::NoRate), &[], at(0));
    told.orders = ["1", "2", "3"].map(OrderId::new).into();
    let causes = ["Too heavy.", "Too far.", "Too heavy."];
    told.causes = Cause::count(causes.map(str::to_owned));
    let text = |told: &Alarm, channel, language| words(told, channel, language, &TimeZone::UTC, None).text;
    let advice = ExceptionKind::NoRate.remedy();
    assert_eq!(
        text(&told, Channel::Email, Language::English),
        format!(
            "Punctual: shop 7495: 3 orders: no service can carry the parcel. First deadline 2026-09-21 20:13 UTC.\n\n\
             Why, 2 of them: Too heavy.\nWhy, 1 of them: Too far.\n\n{advice}\n\n1\n2\n3\n"
        )
    );
    assert!(text(&told, Channel::Email, Language::Chinese).contains("其中 2 单的原因：Too heavy.\n"));
    assert!(
        !text(&told, Channel::Sms, Language::English).contains("Too heavy"),
        "a text message stays short"
    );
    told.causes = Cause::count(["Too heavy.", "Too heavy.", "Too heavy."].map(str::to_owned));
    assert!(text(&told, Channel::Email, Language::English).contains("\n\nWhy: Too heavy.\n\n"));

    let many = Cause::count((0..40).map(|n| format!("Cause {}. {}", n % 20, "x".repeat(2_000))));
    assert_eq!(many.len(), 5);
    assert!(many.iter().all(|cause| cause.orders == 2 && cause.what.chars().count() <= 401));
}

/// No kind is told by its raw name, or with somebody else's advice.
#[test]
fn every_kind_has_words_of_its_own() {
    let of = |language| {
        let one = |kind: &ExceptionKind| {
            let told = alarm(AlarmKind::Exception(*kind), &[], at(0));
            let mail = words(&told, Channel::Email, language, &TimeZone::UTC, None);
            assert!(!mail.text.contains(kind.name()) || !kind.name().contains('_'), "{}", mail.text);
            if language == Language::Chinese {
                let advice = mail.text.lines().nth(2).unwrap();
                assert!(advice.ends_with('。') && !advice.contains(kind.remedy()), "{advice}");
            }
            mail.subject
        };
        ExceptionKind::ALL.iter().map(one).collect::<std::collections::BTreeSet<_>>()
    };
    for language in [Language::English, Language::Chinese] {
        assert_eq!(of(language).len(), ExceptionKind::ALL.len(), "{language:?}");
    }
}

#[test]
fn the_words_are_short_and_name_count_deadline_and_list() {
    let mut kinds: Vec<AlarmKind> = Level::ALL.map(AlarmKind::Dispatch).into();
    kinds.extend(ExceptionKind::ALL.iter().copied().map(AlarmKind::Exception));
    let zone = TimeZone::UTC;
    for kind in kinds {
        let mut alarm = alarm(kind, &[], at(0));
        alarm.orders = (0..500).map(|n| OrderId::new(format!("5770{n:014}"))).collect();
        for (language, limit) in [(Language::English, 160), (Language::Chinese, 80)] {
            let sms = words(&alarm, Channel::Sms, language, &zone, None).text;
            assert!(sms.chars().count() <= limit, "{} in {language:?} is long: {sms}", kind.name());
            let mail = words(&alarm, Channel::Email, language, &zone, Some("https://example.com/list"));
            assert!(
                mail.text.contains("https://example.com/list") && mail.text.contains("577000000000000049")
            );
            assert!(!mail.text.contains("577000000000000050") && mail.text.contains("450"));
            assert!(!mail.subject.contains('\n'));
        }
    }
    let alarm = alarm(SIX_HOURS, &[], at(0));
    let zone = domain::zone::zone_by_name("America/Los_Angeles").unwrap();
    let sms = words(&alarm, Channel::Sms, Language::English, &zone, Some("https://x.example")).text;
    assert_eq!(
        sms,
        "Punctual: shop 7495: 1 order must be shipped within 6 hours. First deadline 2026-09-21 13:13 PDT. https://x.example"
    );
    let sms = words(&alarm, Channel::Call, Language::Chinese, &zone, Some("https://x.example")).text;
    assert_eq!(sms, "Punctual：店铺 7495：1 单须在 6 小时内发货。最早截止时间 2026-09-21 13:13 PDT。");
}
