from tests.web.conftest import *
def test_x(together, demo):
    customer, agent = together("/rates")
    import time
    for q in ("rows=1000", "rows=1000&print=60"):
        customer.visit(f"/statement?{q}")
        t=time.time()
        for _ in range(8):
            with agent.mirror():
                print(q, agent.browser.script("return document.querySelectorAll('tr').length"), round(time.time()-t,1))
            time.sleep(1)
        print([(w,len(d)) for w, d in customer.browser.traffic() if len(d)>100000])
