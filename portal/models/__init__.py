"""What is true: rows whose constraints carry the rules. Importing this package registers every table."""

from portal.models.billing.card import Card
from portal.models.billing.invoice import BillingPeriod, Invoice, InvoiceLine
from portal.models.billing.payment import LedgerEntry, PaymentAttempt, Receipt, ReceiptCounter
from portal.models.billing.stripe import StripeAccount, StripeEvent
from portal.models.clinic.agreement import Agreement, AgreementVersion
from portal.models.clinic.clinic import Clinic, Programme
from portal.models.clinic.coupon import Coupon, CouponPlan, CouponRedemption
from portal.models.clinic.plan import Plan, PlanBenefit, PlanPrice
from portal.models.letters.outbox import OutboxEmail
from portal.models.membership.enrollment import Enrollment
from portal.models.membership.membership import Membership, MembershipEvent
from portal.models.membership.signed_agreement import SignedAgreement
from portal.models.people.patient import Patient
from portal.models.people.sign_in import PatientSession, SignInCode

__all__ = [
    "Agreement",
    "AgreementVersion",
    "BillingPeriod",
    "Card",
    "Clinic",
    "Coupon",
    "CouponPlan",
    "CouponRedemption",
    "Enrollment",
    "Invoice",
    "InvoiceLine",
    "LedgerEntry",
    "Membership",
    "MembershipEvent",
    "OutboxEmail",
    "Patient",
    "PatientSession",
    "PaymentAttempt",
    "Plan",
    "PlanBenefit",
    "PlanPrice",
    "Programme",
    "Receipt",
    "ReceiptCounter",
    "SignInCode",
    "SignedAgreement",
    "StripeAccount",
    "StripeEvent",
]
