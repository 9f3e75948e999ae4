-- What came of each line so far cost what its receipts say.
UPDATE purchasing_purchaseorderline o SET received_value = came.cost
FROM (SELECT l.company_id, l.order_line_id, sum(l.cost) AS cost
    FROM purchasing_goodsreceiptline l
    JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id AND r.status = 'POSTED'
    WHERE l.order_line_id IS NOT NULL GROUP BY 1, 2) came
WHERE came.company_id = o.company_id AND came.order_line_id = o.id;
