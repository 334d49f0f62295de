from tests.web.conftest import *
def test_x(customer, agent, demo):
    customer.visit("/rates"); customer.chat()
    import time
    customer.press("start"); time.sleep(3)
    print(customer.browser.traffic()[-8:])
    for n in ("notice","bar","pending","state"):
        p=customer.browser.part(n,"cobrowse-ui"); print(n, p and (p.is_shown, p.text))
