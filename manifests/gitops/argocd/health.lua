-- The health of an AciService or AciContainerGroup, for Argo CD. It says of them what kstatus does, and Suspended while
-- a service is paused.
local status = obj.status or {}

if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not seen this generation yet"}
end

local told = {}
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then
    told[condition.type] = condition.message
  elseif condition.type == "Ready" then
    told.NotReady = condition.message
  end
end

if told.Stalled then
  return {status = "Degraded", message = told.Stalled}
elseif told.Suspended then
  return {status = "Suspended", message = told.Suspended}
elseif told.Ready and not told.Reconciling then
  return {status = "Healthy", message = told.Ready}
else
  return {status = "Progressing", message = told.Reconciling or told.NotReady or "The operator has said nothing yet"}
end
