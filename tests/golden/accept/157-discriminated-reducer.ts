// expect: {"total":850,"history":["add","discount"]}
type Action =
  | { type: "add"; cents: number }
  | { type: "discount"; percent: number }
  | { type: "clear" };
interface State { readonly total: number; readonly history: readonly string[] }
const reducer = (state: State, action: Action): State => {
  const history = [...state.history, action.type] as const;
  switch (action.type) {
    case "add":
      return { total: state.total + action.cents, history };
    case "discount":
      return { total: Math.round(state.total * (1 - action.percent / 100)), history };
    case "clear":
      return { total: 0, history };
    default: {
      const never: never = action;
      return never;
    }
  }
};
const actions: Action[] = [{ type: "add", cents: 1000 }, { type: "discount", percent: 15 }];
return actions.reduce(reducer, { total: 0, history: [] } as State);
